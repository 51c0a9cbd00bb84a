/** Which jobs run when. */
import { requireBookSchema } from "../d1/book-schema";
import { D1_TIMEOUT_MS } from "../limits";
import { logError } from "../telemetry/log";
import { flushSoon } from "../telemetry/meter-buffer";
import { withTimeout } from "../timeout";
import { prunePrices } from "./prices";
import { checkBook } from "./recovery";
import { updateReports } from "./reports";
import { trimBook } from "./retention";
import { checkSearch } from "./search";
import { wakeSources } from "./sources";
import { sweepProducts } from "./sweep";
import { exportMetrics, measureLagging, measureLedgers } from "./telemetry";
import { verifyLagging, verifySample } from "./verify";
import { wakeWebhooks } from "./webhooks";

/** As wrangler.toml has it. */
const HOURLY = "7 * * * *";

/** Never rejects. What does not run in the hourly run runs every minute. */
export async function runJobs(env: Env, run: { cron: string; scheduledTime: number }): Promise<void> {
  const { cron, scheduledTime } = run;
  // Also while the book is away: then above all.
  const measured = cron === HOURLY ? [] : [measureLedgers(env, Date.now()), exportMetrics(env, Date.now())];
  await runBookJobs(env, { cron, scheduledTime });
  await Promise.all(measured);
  flushSoon(env);
}

async function runBookJobs(env: Env, run: { cron: string; scheduledTime: number }): Promise<void> {
  const { cron, scheduledTime } = run;
  try {
    await withTimeout(requireBookSchema(env.BOOK), D1_TIMEOUT_MS, "D1");
  } catch (error) {
    logError("jobs wait for the book", error);
    return;
  }
  if (cron === HOURLY) {
    await verifySample(env, scheduledTime);
    return;
  }
  await checkBook(env);
  const { lagging } = await sweepProducts(env, scheduledTime);
  await measureLagging(env, lagging.length);
  await wakeWebhooks(env);
  await checkSearch(env);
  await wakeSources(env);
  // Before events go for their age.
  await updateReports(env, scheduledTime);
  await trimBook(env, scheduledTime);
  await prunePrices(env, scheduledTime);
  await verifyLagging(env, lagging);
}
