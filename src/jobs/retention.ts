/**
 * Drops the oldest events of the book once they are past their age: from the low end of the offsets, in bounded steps, so that
 * neither a step nor a run takes long, however much has gathered.
 */
import { dropEventsBefore, forgetLateEvents } from "../d1/retention";
import { eventsKeptSince, readConfig } from "../env";
import { D1_TIMEOUT_MS, RETENTION_MAX_STEPS, RETENTION_STEP_EVENTS } from "../limits";
import { logError } from "../telemetry/log";
import { withTimeout } from "../timeout";

/** Answers how many events were dropped. Never rejects: what fails is logged, and the next run comes. */
export async function trimBook(env: Env, nowMs: number): Promise<number> {
  let dropped = 0;
  try {
    const config = readConfig(env);
    if (config.eventRetentionMs === null) return 0;
    const since = eventsKeptSince(config, nowMs);
    for (let step = 0; step < RETENTION_MAX_STEPS; step += 1) {
      const work = dropEventsBefore(env.BOOK, since, RETENTION_STEP_EVENTS);
      const events = await withTimeout(work, D1_TIMEOUT_MS, "D1");
      dropped += events;
      if (events < RETENTION_STEP_EVENTS) break;
    }
    if (dropped > 0) await withTimeout(forgetLateEvents(env.BOOK), D1_TIMEOUT_MS, "D1");
  } catch (error) {
    logError("events not dropped", error);
  }
  return dropped;
}
