/**
 * Takes the oldest events out of the book once they are past their age, or too many: into files where there is an archive, else
 * for good. From the low end of the offsets, in bounded steps, so that neither a step nor a run takes long.
 */
import { archiveStep } from "../archive/archive-step";
import { readBookEnds } from "../d1/event-tail";
import { dropEventsBefore, forgetLateEvents } from "../d1/retention";
import { eventsKeptSince, readConfig } from "../env";
import { D1_TIMEOUT_MS, RETENTION_MAX_STEPS, RETENTION_STEP_EVENTS } from "../limits";
import { ARCHIVE_TIMEOUT_MS, MAX_SEGMENTS_PER_RUN } from "../limits/archive";
import { logError } from "../telemetry/log";
import { withTimeout } from "../timeout";

/** Answers how many events have left the book. Never rejects: what fails is logged, and the next run comes. */
export async function trimBook(env: Env, nowMs: number): Promise<number> {
  let gone = 0;
  try {
    const step = await stepOf(env, nowMs);
    for (let steps = 0; steps < step.most; steps += 1) {
      const events = await withTimeout(step.take(), step.timeoutMs, "trimming the book");
      gone += events;
      if (events < step.least) break;
    }
    if (gone > 0) await withTimeout(forgetLateEvents(env.BOOK), D1_TIMEOUT_MS, "D1");
  } catch (error) {
    logError("events not dropped", error);
  }
  return gone;
}

async function stepOf(env: Env, nowMs: number) {
  const config = readConfig(env);
  const sinceMs = eventsKeptSince(config, nowMs);
  if (config.eventArchive) {
    const { newest } = await readBookEnds(env.BOOK);
    const { eventBookMax } = config;
    const beforeOffset = eventBookMax === null ? 0 : (newest ?? 0) - eventBookMax + 1;
    const take = () => archiveStep(env, { sinceMs, beforeOffset }, nowMs);
    return { take, most: MAX_SEGMENTS_PER_RUN, least: 1, timeoutMs: ARCHIVE_TIMEOUT_MS };
  }
  const take = () => dropEventsBefore(env.BOOK, sinceMs, RETENTION_STEP_EVENTS);
  const most = config.eventRetentionMs === null ? 0 : RETENTION_MAX_STEPS;
  return { take, most, least: RETENTION_STEP_EVENTS, timeoutMs: D1_TIMEOUT_MS };
}
