/** B7 and B9: reservations do not need the book, and what they did is in it soon after. */
import { setTimeout as sleep } from "node:timers/promises";
import type { D1Database } from "@cloudflare/workers-types";
import type { Bundle } from "../build.ts";
import { decimal, ratioClaim, type Measurement } from "../measurement.ts";
import { paced } from "../paced-load.ts";
import { ratioOf, runRace } from "../rounds.ts";
import { startHoldfast, stockProducts, type Stage } from "../stage.ts";
import { quantile } from "../statistics.ts";
import { BOOK_EVENTS_PER_SECOND, reserveSpread, SPREAD_PRODUCTS, workloads } from "../workloads.ts";

const BOOK_AWAY = `CREATE TRIGGER away BEFORE INSERT ON events
  BEGIN SELECT RAISE(ABORT, 'Network connection lost.'); END`;
const AWAY = "reserve, D1 away";
const LEAST_RATIO = 0.95;

const LAG_SECONDS = 10;
const LAG_MS = 250;
const POLL_MS = 4;
const MOST_IDLE_POLLS = 5000;

/**
 * Two of ours, one of which cannot write its book. Both by what was answered: what is put off cannot be
 * charged where it cannot be done.
 */
export async function reserveWithoutBook(stage: Stage, bundle: Bundle): Promise<Measurement> {
  await using other = await startHoldfast("bookless", bundle, { quiet: true });
  const without = { ...(await workloads.B1({ ...stage, holdfast: other })), label: AWAY, book: undefined };
  await other.book.database.prepare(BOOK_AWAY).run();
  const withBook = await workloads.B1(stage);
  const raced = await runRace("B7", stage.pace, [without, withBook]);
  const ratio = ratioOf(raced, [AWAY, withBook.label], "answeredPerSecond");
  return {
    id: "B7",
    what: "reserve while D1 is away",
    race: raced,
    claims: [ratioClaim(ratio, { of: "the same with D1", least: LEAST_RATIO, by: "clock" })],
    notes: ["Compares what was answered in the load's own time; D1 aborts every insert of an event."],
  };
}

/**
 * Reservations at a steady pace over many products; the book is looked at every few milliseconds, and an
 * event counts as visible when a look has seen it.
 */
export async function lagOfTheBook({ holdfast, run }: Stage): Promise<Measurement> {
  const { book } = holdfast;
  await stockProducts(holdfast, SPREAD_PRODUCTS);
  const seen = watchBook(book.database, await book.offset());
  const sent = await paced({
    perSecond: BOOK_EVENTS_PER_SECOND,
    seconds: LAG_SECONDS,
    ask: (index) => reserveSpread(holdfast, `${run}-${index}`, index),
  });
  const lags = await seen.until(sent);
  const ms = (share: number) => `${decimal(quantile(lags, share))} ms`;
  return {
    id: "B9",
    what: `from commit to the book, ${BOOK_EVENTS_PER_SECOND} events a second`,
    claims: [
      {
        name: "p99",
        says: `p99 ${ms(0.99)} (p50 ${ms(0.5)}, p95 ${ms(0.95)}, longest ${ms(1)}, ${decimal(lags.length)} events)`,
        reach: `<= ${LAG_MS} ms`,
        reached: quantile(lags, 0.99) <= LAG_MS,
      },
    ],
    notes: [`Looks at the book every ${POLL_MS} ms; an event's time is when its object decided it.`],
  };
}

/** `from`: the last offset there is. `until` answers the milliseconds of so many events. */
function watchBook(database: D1Database, from: number) {
  const lags: number[] = [];
  let offset = from;
  let wanted = Infinity;
  const watching = (async () => {
    const since = 'SELECT "offset", at_ms FROM events WHERE "offset" > ? ORDER BY "offset"';
    for (let idle = 0; lags.length < wanted && idle < MOST_IDLE_POLLS; idle += 1) {
      const { results } = await database.prepare(since).bind(offset).all();
      const now = Date.now();
      for (const row of results) {
        lags.push(now - Number(row["at_ms"]));
        offset = Number(row["offset"]);
        idle = 0;
      }
      await sleep(POLL_MS);
    }
    if (lags.length < wanted) throw new Error(`the book shows ${lags.length} of ${wanted} events`);
  })();
  return {
    until: async (events: number) => {
      wanted = events;
      await watching;
      return lags;
    },
  };
}
