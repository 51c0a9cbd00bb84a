/** The entry and only composition root: requests, the jobs, and the object classes. */
import { createApp } from "./http/app";
import { runJobs } from "./jobs/schedule";

export { DemandObject } from "./objects/demand/demand-object";
export { IdempotencyObject } from "./objects/idempotency/idempotency-object";
export { IndexerObject } from "./objects/indexer/indexer-object";
export { LedgerObject } from "./objects/ledger/ledger-object";
export { MeterObject } from "./objects/meter/meter-object";
export { HubObject } from "./objects/hub/hub-object";
export { OrderIndexObject } from "./objects/order-index/order-index-object";
export { OrderObject } from "./objects/order/order-object";
export { ProductObject } from "./objects/product/product-object";
export { QuotesObject } from "./objects/quotes/quotes-object";
export { RecoveryObject } from "./objects/recovery/recovery-object";
export { SourceObject } from "./objects/source/source-object";
export { WebhookObject } from "./objects/webhook/webhook-object";

const app = createApp();

export default {
  fetch: app.fetch,
  async scheduled(controller, env) {
    await runJobs(env, controller);
  },
} satisfies ExportedHandler<Env>;
