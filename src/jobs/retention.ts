/**
 * Drops the oldest events of the book once they are past their age: from the low end of the offsets, in bounded steps, so that
 * neither a step nor a run takes long, however much has gathered. The newest event always stays: offsets go on from it.
 */
import { eventsKeptSince, readConfig } from "../env";
import { D1_TIMEOUT_MS, RETENTION_MAX_STEPS, RETENTION_STEP_EVENTS } from "../limits";
import { logError } from "../telemetry/log";
import { withTimeout } from "../timeout";

/** Up to the first event that is young enough, to the newest, or as many as a step takes. There is no index on time. */
const DROP = `
  DELETE FROM events WHERE offset < (
    SELECT MIN(kept) FROM (
      SELECT MAX(offset) AS kept FROM events
      UNION ALL
      SELECT MIN(offset) + ?2 FROM events
      UNION ALL
      SELECT * FROM (
        SELECT offset FROM events
        WHERE at_ms >= ?1 AND offset < (SELECT MIN(offset) FROM events) + ?2
        ORDER BY offset LIMIT 1)))`;

const FORGET_LATE = "DELETE FROM late_events WHERE offset < (SELECT MIN(offset) FROM events)";

/** Answers how many events were dropped. Never rejects: what fails is logged, and the next run comes. */
export async function trimBook(env: Env, nowMs: number): Promise<number> {
  let dropped = 0;
  try {
    const config = readConfig(env);
    if (config.eventRetentionMs === null) return 0;
    const since = eventsKeptSince(config, nowMs);
    for (let step = 0; step < RETENTION_MAX_STEPS; step += 1) {
      const work = env.BOOK.prepare(DROP).bind(since, RETENTION_STEP_EVENTS).run();
      const { meta } = await withTimeout(work, D1_TIMEOUT_MS, "D1");
      dropped += meta.changes;
      if (meta.changes < RETENTION_STEP_EVENTS) break;
    }
    // What a run leaves here names no event: the next one that drops something takes it.
    if (dropped > 0) await withTimeout(env.BOOK.prepare(FORGET_LATE).run(), D1_TIMEOUT_MS, "D1");
  } catch (error) {
    logError("events not dropped", error);
  }
  return dropped;
}
