/** New events go into the sums of reports, and sums past their age go, in bounded steps. */
import { addToSums, dropOldSums, eventsBehind } from "../d1/report-sums";
import {
  REPORT_MAX_STEPS,
  REPORT_PRUNE_MAX_STEPS,
  REPORT_PRUNE_STEP_ROWS,
  REPORT_RUN_MINUTES,
  REPORT_STEP_EVENTS,
} from "../limits/reports";
import { logError } from "../telemetry/log";

/** Never rejects: what fails is logged, and the next run comes. */
export async function updateReports(env: Env, nowMs: number): Promise<void> {
  try {
    const isDue = Math.floor(nowMs / 60_000) % REPORT_RUN_MINUTES === 0;
    const wanted = isDue || (await eventsBehind(env.BOOK)) >= REPORT_STEP_EVENTS;
    if (wanted) await addToSums(env.BOOK, nowMs, REPORT_MAX_STEPS);
    for (let step = 0; step < REPORT_PRUNE_MAX_STEPS; step += 1) {
      const dropped = await dropOldSums(env.BOOK, nowMs, REPORT_PRUNE_STEP_ROWS);
      if (dropped < REPORT_PRUNE_STEP_ROWS) break;
    }
  } catch (error) {
    logError("reports not updated", error);
  }
}
