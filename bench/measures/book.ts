/** B7 and B9: reservations do not need the book, and what they did is in it soon after. */
import { decimal } from "../finding.mjs";
import { paced } from "../paced-load.mjs";
import { API_KEY } from "../site.mjs";
import { startHoldfast, stockProducts } from "../stage.mjs";
import { median, quantile } from "../statistics.mjs";
import { HOT_PRODUCT, SPREAD_PRODUCTS, subjects } from "../subjects.mjs";
import { race } from "../turns.mjs";

const BOOK_AWAY = `CREATE TRIGGER away BEFORE INSERT ON events
  BEGIN SELECT RAISE(ABORT, 'Network connection lost.'); END`;

const EVENTS_PER_SECOND = 300;
const LAG_SECONDS = 10;
const LAG_MS = 250;
const LOOK_EVERY_MS = 4;

/**
 * Two of ours, one of which cannot write its book. Both by what was answered: what is put off cannot be charged where it
 * cannot be done.
 * @param {import("../stage.mjs").Stage} stage @param {import("../build.mjs").Bundle} bundle
 * @returns {Promise<import("../finding.mjs").Finding>}
 */
export async function reserveWithoutBook(stage, bundle) {
  const { site, book } = await startHoldfast("bookless", bundle, { quiet: true });
  try {
    await stockProducts(site, book, { ids: [HOT_PRODUCT] });
    const database = await site.miniflare.getD1Database("BOOK", site.name);
    await database.prepare(BOOK_AWAY).run();
    const withBook = await subjects.B1(stage);
    const { book: _, ...without } = { ...withBook, site, label: "reserve, D1 away" };
    const contestants = [without, withBook];
    const turnsByLabel = Object.fromEntries(await race(stage.load, "B7", { contestants, pace: stage.pace }));
    const [ours = [], theirs = []] = contestants.map(({ label }) => turnsByLabel[label]);
    const ratios = ours.map(
      (turn, round) => turn.answeredPerSecond / (theirs[round]?.answeredPerSecond ?? Number.NaN),
    );
    const ratio = median(ratios);
    return {
      id: "B7",
      what: "reserve while D1 is away",
      labels: contestants.map(({ label }) => label),
      turnsByLabel,
      claims: [
        {
          says: `${decimal(ratio, 2)} of the same with D1 (${decimal(Math.min(...ratios), 2)} to ${decimal(Math.max(...ratios), 2)})`,
          reach: ">= 0.95",
          reached: ratio >= 0.95,
        },
      ],
      notes: ["B7 compares what was answered in the load's own time; D1 aborts every insert of an event."],
    };
  } finally {
    await site.stop();
  }
}

/**
 * Reservations at a steady pace over many products; the book is looked at every few milliseconds, and an event counts as
 * visible when a look has seen it.
 * @param {import("../stage.mjs").Stage} stage @returns {Promise<import("../finding.mjs").Finding>}
 */
export async function lagOfTheBook({ holdfast, book, run }) {
  await stockProducts(holdfast, book, { ids: SPREAD_PRODUCTS });
  const database = await holdfast.miniflare.getD1Database("BOOK", holdfast.name);
  const seen = watchBook(database, await book.offset());
  const sent = await paced({
    perSecond: EVENTS_PER_SECOND,
    seconds: LAG_SECONDS,
    ask: (index) =>
      fetch(
        new URL(`/v1/inventory/${SPREAD_PRODUCTS[index % SPREAD_PRODUCTS.length]}/reserve`, holdfast.url),
        {
          method: "POST",
          headers: {
            "X-API-Key": API_KEY,
            "Content-Type": "application/json",
            "Idempotency-Key": `${run}-${index}`,
          },
          body: `{"quantity":1,"orderId":"${run}-${index}"}`,
        },
      ),
    expect: 201,
  });
  const lags = await seen.until(sent);
  const [p50, p95, p99, most] = [0.5, 0.95, 0.99, 1].map((q) => quantile(lags, q));
  const ms = (value) => `${decimal(value ?? Number.NaN)} ms`;
  return {
    id: "B9",
    what: `from commit to the book, ${EVENTS_PER_SECOND} events a second`,
    labels: [],
    turnsByLabel: {},
    claims: [
      {
        says: `p99 ${ms(p99)} (p50 ${ms(p50)}, p95 ${ms(p95)}, longest ${ms(most)}, ${decimal(lags.length)} events)`,
        reach: `<= ${LAG_MS} ms`,
        reached: (p99 ?? Number.NaN) <= LAG_MS,
      },
    ],
    notes: [`B9 looks at the book every ${LOOK_EVERY_MS} ms; an event's time is when its object decided it.`],
  };
}

/** @param {import("@cloudflare/workers-types").D1Database} database @param {number} from the last offset there is */
function watchBook(database, from) {
  const lags = [];
  let offset = from;
  let wanted = Number.POSITIVE_INFINITY;
  const looking = (async () => {
    const since = 'SELECT "offset", at_ms FROM events WHERE "offset" > ? ORDER BY "offset"';
    for (let idle = 0; lags.length < wanted && idle < 5000; idle += 1) {
      const { results } = await database.prepare(since).bind(offset).all();
      const now = Date.now();
      for (const row of results) {
        lags.push(now - Number(row.at_ms));
        offset = Number(row.offset);
        idle = 0;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    if (lags.length < wanted) throw new Error(`the book shows ${lags.length} of ${wanted} events`);
  })();
  return {
    /** @param {number} events @returns {Promise<number[]>} milliseconds each */
    async until(events) {
      wanted = events;
      await looking;
      return lags;
    },
  };
}
