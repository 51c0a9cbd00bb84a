/** Every minute each webhook is notified that the book may have grown: one whose alarm was lost goes on. */
import { listWebhookIds } from "../d1/webhooks";
import { inParallel } from "../in-parallel";
import { MAX_WEBHOOKS, SWEEP_CONCURRENCY, WATCHER_TIMEOUT_MS } from "../limits";
import { logError } from "../telemetry/log";
import { withTimeout } from "../timeout";

/** Never rejects: what fails is logged, and the next minute comes. */
export async function wakeWebhooks(env: Env): Promise<void> {
  try {
    await inParallel(await listWebhookIds(env.BOOK, MAX_WEBHOOKS), SWEEP_CONCURRENCY, async (webhookId) => {
      const notified = Promise.resolve(env.WEBHOOK.getByName(webhookId).bookGrew());
      await withTimeout(notified, WATCHER_TIMEOUT_MS, "webhook").catch((error: unknown) =>
        logError("webhook not woken", error, { webhookId }),
      );
    });
  } catch (error) {
    logError("webhooks not woken", error);
  }
}
