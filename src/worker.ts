/** The entry and only composition root: requests, the minute job, and the object classes. */
import { createApp } from "./http/app";
import { sweepProducts } from "./jobs/sweep";

export { LedgerObject } from "./objects/ledger/ledger-object";
export { HubObject } from "./objects/live/hub-object";
export { OrderObject } from "./objects/order/order-object";
export { ProductObject } from "./objects/product/product-object";
export { WebhookObject } from "./objects/webhook/webhook-object";

const app = createApp();

export default {
  fetch: app.fetch,
  async scheduled(controller, env) {
    await sweepProducts(env, controller.scheduledTime);
  },
} satisfies ExportedHandler<Env>;
