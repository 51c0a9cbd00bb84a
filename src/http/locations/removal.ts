/**
 * Deleting a location without leaving goods at a place that is not there any more. The book is behind the products, so it is
 * asked only when it can know: the place is closed, everything that may still be brought there on an older list of locations
 * is decided or refused, and what was decided is in the book. Whoever stops half-way leaves a place that opens by itself.
 */
import { closeLocation, removeClosed, reopenLocation, type Closing, type Removal } from "../../d1/locations";
import { allLedgers } from "../../ledgers";
import { ARRIVAL_WINDOW_MS, CLOCK_SKEW_MS, LEDGER_CALL_TIMEOUT_MS, MAX_DRAIN_DELAY_MS } from "../../limits";
import { logError } from "../../telemetry/log";
import { pause, withTimeout } from "../../timeout";
import { BOOK_UNAVAILABLE, ProblemError } from "../problem";
import { forgetLocations } from "./known-locations";

/** Takes some five seconds. Throws a problem (503) when the book cannot be read or does not catch up. */
export async function removeLocation(
  env: Env,
  locationId: string,
): Promise<Exclude<Closing, "closed"> | Removal> {
  const closedAtMs = Date.now();
  try {
    const closing = await closeLocation(env.BOOK, locationId, closedAtMs);
    forgetLocations();
    if (closing !== "closed") return closing;
    await pause(ARRIVAL_WINDOW_MS + CLOCK_SKEW_MS);
    await bookCaughtUp(env);
    return await removeClosed(env.BOOK, locationId, closedAtMs);
  } catch (error) {
    await reopenLocation(env.BOOK, locationId, closedAtMs).catch((again: unknown) =>
      logError("location not opened again", again, { locationId }),
    );
    const detail = `The book cannot be written at the moment: ${locationId} stays as it is.`;
    throw new ProblemError({ ...BOOK_UNAVAILABLE, detail }, error);
  } finally {
    forgetLocations();
  }
}

/** Twice, since a product sends what it decided meanwhile only after the answer to what it sent before. */
async function bookCaughtUp(env: Env): Promise<void> {
  await whenCommitted(env);
  await pause(2 * MAX_DRAIN_DELAY_MS);
  await whenCommitted(env);
}

async function whenCommitted(env: Env): Promise<void> {
  const waiting = Promise.all(allLedgers(env).map((ledger) => ledger.whenCommitted()));
  await withTimeout(waiting, LEDGER_CALL_TIMEOUT_MS, "ledger");
}
