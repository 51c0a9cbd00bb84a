/**
 * The history of market prices: writing, reading, dropping what is past its age. Each price goes by upsert into one row of
 * every grain that still keeps its time, and a row comes out the same whatever order its prices arrive in, and how often: the
 * first is the least by (time, amount), the last the greatest. Amounts are compared exactly, as normalized texts: the one with
 * the longer whole part is more.
 */
import { and, asc, eq, gte, lt, sql } from "drizzle-orm";
import {
  keptSinceMs,
  PRICE_INTERVALS,
  priceSpan,
  type PriceInterval,
  type PricePoint,
} from "../domain/price-history";
import { MAX_POINTS_DROPPED_PER_BATCH, PRICE_GRAINS, SCAN_WINDOW_POINTS } from "../limits/quotes";
import { readReplica } from "./book";
import { BadCursor, decodeCursor, encodeCursor, toPage, type Page } from "./page";
import { pricePoints, products } from "./schema";

const more = (a: string, b: string) => `(instr(${a}, '.'), ${a}) > (instr(${b}, '.'), ${b})`;
const later = (a: string, b: string, at: string) =>
  `(${a}.${at}_at_ms, instr(${a}.${at}, '.'), ${a}.${at}) > (${b}.${at}_at_ms, instr(${b}.${at}, '.'), ${b}.${at})`;

const FIRST = later("price_points", "excluded", "open");
const LAST = later("excluded", "price_points", "close");
const HIGHEST = more("excluded.high", "price_points.high");
const LOWEST = more("price_points.low", "excluded.low");

/** What changes nothing writes nothing. */
const UPSERT = `
  INSERT INTO price_points (product_id, grain_ms, start_ms, source, currency, open, high, low, close, open_at_ms, close_at_ms)
  SELECT product_id, grain_ms, at_ms - at_ms % grain_ms, source, currency, amount, amount, amount, amount, at_ms, at_ms
  FROM (
    SELECT p.value ->> 'productId' AS product_id, p.value ->> 'source' AS source, p.value ->> 'currency' AS currency,
      p.value ->> 'amount' AS amount, p.value ->> 'atMs' AS at_ms, g.value ->> 'grainMs' AS grain_ms,
      g.value ->> 'sinceMs' AS since_ms
    FROM json_each(?1) AS p CROSS JOIN json_each(?2) AS g)
  WHERE at_ms >= since_ms
  ON CONFLICT DO UPDATE SET
    open = iif(${FIRST}, excluded.open, open),
    open_at_ms = iif(${FIRST}, excluded.open_at_ms, open_at_ms),
    high = iif(${HIGHEST}, excluded.high, high),
    low = iif(${LOWEST}, excluded.low, low),
    close = iif(${LAST}, excluded.close, close),
    close_at_ms = iif(${LAST}, excluded.close_at_ms, close_at_ms)
  WHERE ${FIRST} OR ${LAST} OR ${HIGHEST} OR ${LOWEST}`;

/** A row goes when all of its stretch is past its age. */
const DROP = `
  DELETE FROM price_points WHERE (product_id, grain_ms, start_ms, source, currency) IN (
    SELECT old.product_id, old.grain_ms, old.start_ms, old.source, old.currency
    FROM json_each(?1) AS p CROSS JOIN json_each(?2) AS g CROSS JOIN price_points AS old
    WHERE old.product_id = p.value AND old.grain_ms = g.value ->> 'grainMs'
      AND old.start_ms <= (g.value ->> 'sinceMs') - (g.value ->> 'grainMs')
    LIMIT ?3)`;

function grainsAt(nowMs: number): string {
  const grains = PRICE_INTERVALS.map((interval) => {
    return { grainMs: PRICE_GRAINS[interval].grainMs, sinceMs: keptSinceMs(interval, nowMs) };
  });
  return JSON.stringify(grains);
}

const CURSOR = ["string", "number", "string", "string"] as const;

interface PriceToKeep {
  productId: string;
  amount: string;
  currency: string;
  source: string;
  atMs: number;
}

/** To be sent in one batch with what else is known of them. Drops what is past its age, a bounded number of rows. */
export function keepPrices(book: D1Database, prices: readonly PriceToKeep[], nowMs: number) {
  const rows = prices.map(({ productId, amount, currency, source, atMs }) => {
    return { productId, amount, currency, source, atMs };
  });
  const productIds = [...new Set(prices.map(({ productId }) => productId))];
  return [
    book.prepare(UPSERT).bind(JSON.stringify(rows), grainsAt(nowMs)),
    dropStatement(book, { productIds, nowMs, limit: MAX_POINTS_DROPPED_PER_BATCH }),
  ];
}

interface Drop {
  productIds: readonly string[];
  nowMs: number;
  /** Rows. */
  limit: number;
}

function dropStatement(book: D1Database, { productIds, nowMs, limit }: Drop): D1PreparedStatement {
  return book.prepare(DROP).bind(JSON.stringify(productIds), grainsAt(nowMs), limit);
}

/** What is past its age. Answers how many rows went. */
export async function dropOldPoints(book: D1Database, drop: Drop): Promise<number> {
  return (await dropStatement(book, drop).run()).meta.changes;
}

export interface PriceQuery {
  productId: string;
  /** Milliseconds; `from` is within, `to` is not. */
  from?: number;
  to?: number;
  /** Without it one that suits the span. */
  interval?: PriceInterval;
  source?: string;
  limit: number;
  cursor?: string;
}

/**
 * Of a product, the oldest first. A page looks at a bounded number of points, whoever's they are. undefined: there is no such
 * product. Throws `BadCursor` and `BookUnavailable`.
 */
export async function listPrices(
  binding: D1Database,
  query: PriceQuery,
  nowMs: number,
): Promise<(Page<PricePoint> & { interval: PriceInterval }) | undefined> {
  const { productId, source, limit } = query;
  const [grain, ...after] = decodeCursor(query.cursor, "prices", CURSOR) ?? [];
  // Time goes on from page to page, and another grain might suit then.
  const shown = PRICE_INTERVALS.find((one) => one === grain);
  const { interval, fromMs, toMs } = priceSpan({ ...query, ...(shown && { interval: shown }) }, nowMs);
  if (grain !== undefined && grain !== (query.interval ?? shown)) throw new BadCursor();
  const order = [pricePoints.startMs, pricePoints.source, pricePoints.currency] as const;
  const range = and(
    eq(pricePoints.productId, productId),
    eq(pricePoints.grainMs, PRICE_GRAINS[interval].grainMs),
    gte(pricePoints.startMs, fromMs),
    lt(pricePoints.startMs, toMs),
    grain === undefined
      ? undefined
      : sql`(${order[0]}, ${order[1]}, ${order[2]}) > (${sql.join(
          after.map((value) => sql`${value}`),
          sql`, `,
        )})`,
  );
  const [[product], rows, [end]] = await readReplica(binding, (book) => {
    const looked = book
      .select()
      .from(pricePoints)
      .where(range)
      .orderBy(...order.map((column) => asc(column)))
      .limit(SCAN_WINDOW_POINTS)
      .as("looked");
    return book.batch([
      book
        .select({ productId: products.productId })
        .from(products)
        .where(and(eq(products.productId, productId), eq(products.deleted, false))),
      book
        .select()
        .from(looked)
        .where(source === undefined ? undefined : eq(looked.source, source))
        .limit(limit + 1),
      book
        .select()
        .from(looked)
        // Whatever is looked at is shown, unless it is another source's.
        .limit(source === undefined ? 0 : 1)
        .offset(SCAN_WINDOW_POINTS - 1),
    ]);
  });
  if (!product) return undefined;
  const page = toPage(rows, limit, {
    end,
    item: ({ startMs, open, high, low, close, currency, source: from }) => {
      return { startMs, open, high, low, close, currency, source: from };
    },
    cursor: (row) => encodeCursor("prices", [interval, row.startMs, row.source, row.currency]),
  });
  return { ...page, interval };
}
