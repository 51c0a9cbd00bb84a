/** The way to the quotes object, which alone records market prices. */
import type { NewQuote } from "../../domain/quote";
import type { QuoteResult } from "../../domain/record-quotes";
import { QUOTES_CALL_TIMEOUT_MS } from "../../limits/quotes";
import { withTimeout } from "../../timeout";
import { BOOK_NOT_WRITABLE, OVERLOADED, ProblemError } from "../problem";
import { reach } from "./reach";

/** A result for each. Throws a problem (503) when none is known: what was recorded all the same is a duplicate then. */
export async function recordQuotes(env: Env, quotes: readonly NewQuote[]): Promise<QuoteResult[]> {
  if (quotes.length === 0) return [];
  const asking = async () => {
    const recording = env.QUOTES.getByName("quotes").record([...quotes]);
    return withTimeout(Promise.resolve(recording), QUOTES_CALL_TIMEOUT_MS, "quotes");
  };
  const answer = await reach(asking, true);
  if (answer.ok) return answer.results;
  throw new ProblemError(answer.reason === "book_unavailable" ? BOOK_NOT_WRITABLE : OVERLOADED);
}

/** KV has no price of a product that the book has one of. */
export async function publishQuote(env: Env, productId: string): Promise<void> {
  await env.QUOTES.getByName("quotes").publish(productId);
}
