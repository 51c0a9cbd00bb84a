/** Market prices: pushed in by feeds of one's own, and read as a product's history. */
import { listPrices } from "../../d1/price-points";
import type { QuoteRefusal, QuoteResult } from "../../domain/record-quotes";
import { MAX_QUOTES_PER_CALL, QUOTE_AHEAD_MS } from "../../limits/quotes";
import { parseRows, ref, rowList, textIn } from "../batch/row-list";
import { problemFields } from "../batch/rows";
import { recordQuotes } from "../clients/quotes";
import { invalid, notFound, problemResponse, type Problem } from "../problem";
import { jsonAnswer, ok, pageAnswer, REPLAYED } from "../answers";
import { route, routesOf } from "../route";
import { productParams } from "../schemas/primitives";
import * as z from "../zod";
import { newQuote, priceFilters, pricePage, quotesAnswer } from "./schemas";

type Outcome = Exclude<QuoteResult, { result: "refused" }> | { problem: Problem };

export const QUOTE_ROUTES = routesOf("Catalog", {
  recordQuotes: route({
    at: "POST /v1/quotes",
    summary: "Record market prices",
    scope: "stock:write",
    body: z.strictObject({ quotes: rowList(ref("NewQuote"), MAX_QUOTES_PER_CALL) }).openapi("QuotesRequest"),
    components: { NewQuote: newQuote },
    answers: ok("A result per row and a summary", quotesAnswer, REPLAYED),
    problems: ["book_unavailable"],
    once: true,
    handle: async (call) => {
      const { quotes } = call.body;
      const nowMs = Date.now();
      const parsed = parseRows(newQuote, quotes, "body.quotes");
      const wanted = parsed.flatMap((row) => {
        if ("problem" in row) return [];
        const { productId, price, at: atMs = nowMs, source } = row.fields;
        return [{ productId, ...price, atMs, source }];
      });
      const recorded = (await recordQuotes(call.env, wanted)).values();
      const outcomes = parsed.map((row, index): Outcome => {
        if ("problem" in row) return row;
        const { value } = recorded.next();
        if (!value) throw new Error("the quotes object left a row unanswered");
        return value.result === "refused" ? { problem: refusalProblem(value, index) } : value;
      });
      const results = outcomes.map((outcome, index) => ({
        index,
        productId: textIn(quotes[index], "productId"),
        ...("problem" in outcome
          ? { result: "refused", ...problemFields(outcome.problem) }
          : { result: outcome.result }),
      }));
      return jsonAnswer(call, { results, summary: summaryOf(outcomes) });
    },
  }),
  listPrices: route({
    at: "GET /v1/products/{productId}/prices",
    summary: "Read the history of a market price",
    scope: "catalog:read",
    params: productParams,
    query: z.strictObject(priceFilters),
    answers: ok("A page, the oldest first", pricePage, ["Link"]),
    problems: ["product_not_found", "book_unavailable"],
    handle: async (call) => {
      const { productId: id } = call.params;
      const page = await listPrices(call.env.BOOK, { ...call.query, productId: id }, Date.now());
      if (!page) return problemResponse(call.c, notFound("product_not_found", id));
      const { interval, nextCursor } = page;
      const items = page.items.map(({ startMs, ...point }) => {
        return { at: new Date(startMs).toISOString(), ...point };
      });
      return pageAnswer(call, { items, nextCursor }, { interval });
    },
  }),
});

function refusalProblem(
  { productId, code }: { productId: string; code: QuoteRefusal },
  index: number,
): Problem {
  const field = (name: string, fault: string, message: string) =>
    invalid([{ path: `body.quotes[${index}].${name}`, code: fault, message }]);
  switch (code) {
    case "product_not_found":
      return notFound("product_not_found", productId);
    case "future":
      return field("at", "in_future", `is more than ${QUOTE_AHEAD_MS / 1000} s ahead of the clock here`);
    case "too_old":
      return field("at", "too_old", "is older than any price that is kept");
    case "not_a_price":
      return field("price.amount", "invalid_format", "is not a price");
  }
}

function summaryOf(outcomes: readonly Outcome[]) {
  const count = (result: string) =>
    outcomes.filter((one) => ("problem" in one ? "refused" : one.result) === result).length;
  return {
    total: outcomes.length,
    recorded: count("recorded"),
    late: count("late"),
    duplicates: count("duplicate"),
    refused: count("refused"),
  };
}
