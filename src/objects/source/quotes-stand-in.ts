/**
 * REMOVE AT THE MERGE: stands in for the QUOTES object, which writes prices, their history, KV and live updates. In `ports.ts`:
 * `const answer = await withTimeout(env.QUOTES.getByName("quotes").record(quotes), …)`, throw unless `answer.ok`, and give its
 * results; `NewQuote` and `QuoteResult` of domain/source.ts then are those of domain/quote.ts and domain/record-quotes.ts.
 */
import { bounded } from "../../d1/book";
import type { NewQuote, QuoteResult } from "../../domain/source";

const PUT = `INSERT INTO quotes (product_id, amount, currency, source, at_ms, change_24h_percent, market_cap, volume_24h)
  SELECT value->>'productId', value->>'amount', value->>'currency', value->>'source', value->>'atMs',
    value->>'change24hPercent', value->>'marketCap', value->>'volume24h'
  FROM json_each(?1) WHERE true
  ON CONFLICT (product_id) DO UPDATE SET amount = excluded.amount, currency = excluded.currency, source = excluded.source,
    at_ms = excluded.at_ms, change_24h_percent = excluded.change_24h_percent, market_cap = excluded.market_cap,
    volume_24h = excluded.volume_24h
  WHERE excluded.at_ms > quotes.at_ms RETURNING product_id`;

export async function recordQuotes(env: Env, quotes: NewQuote[]): Promise<QuoteResult[]> {
  const query = env.BOOK.prepare(PUT).bind(JSON.stringify(quotes));
  const { results } = await bounded(env.BOOK, query.all<{ product_id: string }>());
  const recorded = new Set(results.map((row) => row.product_id));
  return quotes.map(({ productId }) => ({
    productId,
    result: recorded.has(productId) ? "recorded" : "duplicate",
  }));
}
