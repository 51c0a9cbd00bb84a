/** The newest market price of each product. Written by the quotes object alone, one batch at a time; read by everybody. */
import { inArray, sql } from "drizzle-orm";
import type { Quote } from "../domain/quote";
import { stretchOf, type Price, type QuoteFacts, type Recording } from "../domain/record-quotes";
import { PRICE_GRAINS } from "../limits/quotes";
import { bounded, readPrimary, type Book } from "./book";
import { keepPrices } from "./price-points";
import { queueForSearch } from "./search-queue";
import { quotes } from "./schema";

/** Of these products, those that have one. Throws `BookUnavailable`. */
export async function quotesOf(
  binding: D1Database,
  productIds: readonly string[],
): Promise<Map<string, Quote>> {
  if (productIds.length === 0) return new Map();
  return quotesByProduct(await readPrimary(binding, (book) => selectQuotes(book, productIds)));
}

/** To be sent alone or in a batch with what is read beside it. */
export function selectQuotes(book: Book, productIds: readonly string[]) {
  const named = sql`(SELECT value FROM json_each(${JSON.stringify(productIds)}))`;
  return book.select().from(quotes).where(inArray(quotes.productId, named));
}

export function quotesByProduct(rows: readonly (typeof quotes.$inferSelect)[]): Map<string, Quote> {
  return new Map(rows.map(({ productId, ...quote }) => [productId, quote]));
}

const NEWEST = `
  SELECT p.value AS productId, q.amount, q.currency, q.source, q.at_ms AS atMs,
    q.change_24h_percent AS change24hPercent, q.market_cap AS marketCap, q.volume_24h AS volume24h
  FROM json_each(?1) AS p
  CROSS JOIN products ON products.product_id = p.value AND products.deleted = 0
  LEFT JOIN quotes AS q ON q.product_id = p.value`;

/** Prices that are the first or the last of the stretch in which the history has them; one in between it cannot recognise. */
const KNOWN = `
  SELECT p.key AS place
  FROM json_each(?1) AS p
  CROSS JOIN price_points AS known ON known.product_id = p.value ->> 'productId'
    AND known.grain_ms = p.value ->> 'grainMs' AND known.start_ms = p.value ->> 'startMs'
    AND known.source = p.value ->> 'source' AND known.currency = p.value ->> 'currency'
  WHERE (known.open_at_ms = p.value ->> 'atMs' AND known.open = p.value ->> 'amount')
    OR (known.close_at_ms = p.value ->> 'atMs' AND known.close = p.value ->> 'amount')`;

type NewestRow = { productId: string } & (Quote | { [Field in keyof Quote]: null });

/** What has to be known to decide about these prices. Throws `BookUnavailable`. */
export async function readQuoteFacts(binding: D1Database, prices: readonly Price[]): Promise<QuoteFacts> {
  const productIds = [...new Set(prices.map(({ productId }) => productId))];
  const looked = prices.map((price) => {
    const { productId, amount, currency, source, atMs, finest } = price;
    const { grainMs } = PRICE_GRAINS[finest];
    return { productId, amount, currency, source, atMs, grainMs, startMs: stretchOf(price) };
  });
  const newest = binding.prepare(NEWEST).bind(JSON.stringify(productIds));
  const known = binding.prepare(KNOWN).bind(JSON.stringify(looked));
  const [products, places] = await bounded(
    binding,
    Promise.all([newest.all<NewestRow>(), known.all<{ place: number }>()]),
  );
  return {
    newestByProduct: new Map(
      products.results.map(({ productId, ...quote }) => [productId, quote.atMs === null ? null : quote]),
    ),
    known: new Set(places.results.flatMap(({ place }) => prices[place] ?? [])),
  };
}

const order = (row: string) =>
  ["at_ms", "amount", "source", "currency"]
    .map((name) => (name === "amount" ? `instr(${row}.amount, '.'), ${row}.amount` : `${row}.${name}`))
    .join(", ");

/** A batch that lands late never replaces a newer price: `isNewer` says the same. */
const UPSERT = `
  INSERT INTO quotes (product_id, amount, currency, source, at_ms, change_24h_percent, market_cap, volume_24h)
  SELECT value ->> 'productId', value ->> 'amount', value ->> 'currency', value ->> 'source', value ->> 'atMs',
    value ->> 'change24hPercent', value ->> 'marketCap', value ->> 'volume24h'
  FROM json_each(?1) WHERE TRUE
  ON CONFLICT DO UPDATE SET amount = excluded.amount, currency = excluded.currency, source = excluded.source,
    at_ms = excluded.at_ms, change_24h_percent = excluded.change_24h_percent, market_cap = excluded.market_cap,
    volume_24h = excluded.volume_24h
  WHERE (${order("excluded")}) > (${order("quotes")})`;

/** Products without a price of their own cost what the market says: lists sort and filter by that. */
const REPRICED = `
  FROM json_each(?1) AS n CROSS JOIN products AS p ON p.product_id = n.value CROSS JOIN quotes AS q ON q.product_id = n.value
  WHERE p.price_amount IS NULL AND p.price_value IS NOT CAST(q.amount AS REAL)`;
const REPRICE = [
  queueForSearch(`SELECT p.product_id, 1 ${REPRICED}`),
  `UPDATE products SET price_value = (SELECT CAST(amount AS REAL) FROM quotes WHERE quotes.product_id = products.product_id)
  WHERE product_id IN (SELECT p.product_id ${REPRICED})`,
];

/** In one transaction, or not at all. May be sent again. */
export async function writeQuotes(book: D1Database, recording: Recording, nowMs: number): Promise<void> {
  const { prices, newest } = recording;
  await book.batch([
    ...keepPrices(book, prices, nowMs),
    ...(newest.size > 0
      ? [
          book.prepare(UPSERT).bind(JSON.stringify([...newest.values()])),
          ...REPRICE.map((statement) => book.prepare(statement).bind(JSON.stringify([...newest.keys()]))),
        ]
      : []),
  ]);
}
