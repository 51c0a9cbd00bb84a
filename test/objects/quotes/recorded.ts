/** Prices as a feed hands them in, and what the book has of them. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { NewQuote } from "../../../src/domain/quote";
import type { QuoteResult } from "../../../src/domain/record-quotes";
import { newId } from "../../acceptance/api";
import { fillProducts } from "../../d1/counted-book";

export const quotesObject = () => env.QUOTES.getByName("quotes");

/** A product that the book knows, with no object behind it. */
export async function bookProduct(): Promise<string> {
  const prefix = newId("priced-");
  await fillProducts(prefix, 1);
  return `${prefix}00001`;
}

export function quote(productId: string, atMs: number, more: Partial<NewQuote> = {}): NewQuote {
  return { productId, amount: "1.50", currency: "USD", source: "feed", atMs, ...more };
}

/** Must be taken. */
export async function record(quotes: readonly NewQuote[]): Promise<QuoteResult[]> {
  const answer = await quotesObject().record(quotes);
  if (!answer.ok) expect.fail(answer.reason);
  return answer.results;
}

export async function resultsOf(quotes: readonly NewQuote[]): Promise<string[]> {
  return (await record(quotes)).map((one) => (one.result === "refused" ? one.code : one.result));
}

export interface PointRow {
  grain_ms: number;
  start_ms: number;
  source: string;
  currency: string;
  open: string;
  high: string;
  low: string;
  close: string;
  open_at_ms: number;
  close_at_ms: number;
}

export async function points(productId: string): Promise<PointRow[]> {
  const query = `SELECT grain_ms, start_ms, source, currency, open, high, low, close, open_at_ms, close_at_ms
    FROM price_points WHERE product_id = ? ORDER BY grain_ms, start_ms, source, currency`;
  return (await env.BOOK.prepare(query).bind(productId).all<PointRow>()).results;
}

export async function newest(productId: string): Promise<Record<string, unknown> | null> {
  return env.BOOK.prepare("SELECT * FROM quotes WHERE product_id = ?").bind(productId).first();
}
