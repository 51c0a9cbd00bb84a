/** Market prices and their history. When code moves, `file` and `search` move along (npm run test:mutants). */
import { acceptance, type Mutant } from "./mutant.ts";

const OBJECT = ["test/objects/quotes"];

export const quoteMutants: readonly Mutant[] = [
  {
    name: "lets an older price win",
    file: "src/domain/record-quotes.ts",
    search: "if (before !== null && !isNewer(price, before))",
    replace: "if (before !== null && !isNewer(price, price))",
    tests: ["test/domain/quote.test.ts"],
  },
  {
    name: "acknowledges prices that D1 has not taken",
    file: "src/objects/quotes/quote-batches.ts",
    search: "if (recording.prices.length > 0) await deps.write(recording, nowMs);",
    replace: "if (recording.prices.length > 0) deps.write(recording, nowMs).catch(() => undefined);",
    tests: ["test/objects/quotes/quotes-object.test.ts"],
  },
  {
    name: "takes the last price to come for the close",
    file: "src/d1/price-points.ts",
    search: "close = iif(${LAST}, excluded.close, close)",
    replace: "close = excluded.close",
    tests: ["test/objects/quotes/candles.test.ts"],
  },
  {
    name: "compares prices as floating-point numbers",
    file: "src/d1/price-points.ts",
    search: "`(instr(${a}, '.'), ${a}) > (instr(${b}, '.'), ${b})`",
    replace: "`CAST(${a} AS REAL) > CAST(${b} AS REAL)`",
    tests: ["test/objects/quotes/quotes-object.test.ts"],
  },
  {
    name: "keeps points past their age",
    file: "src/d1/price-points.ts",
    search: "LIMIT ?3)`",
    replace: "LIMIT ?3 * 0)`",
    tests: ["test/objects/quotes/candles.test.ts"],
  },
  {
    name: "puts into KV what a write is just replacing",
    file: "src/objects/quotes/quote-publisher.ts",
    search: "dueAt <= now && !this.#beingWritten.has(productId) ? [productId] : []",
    replace: "dueAt <= now ? [productId] : []",
    tests: ["test/objects/quotes/quote-publisher.test.ts"],
  },
  {
    name: "forgets a put that was given up",
    file: "src/objects/quotes/quote-publisher.ts",
    search: "if (error instanceof TimeoutError) this.#expect([productId], put);",
    replace: "",
    tests: ["test/objects/quotes/quote-publisher.test.ts"],
  },
  {
    name: "loses what is to be published in a crash",
    file: "src/objects/quotes/quote-publisher.ts",
    search: "this.sql.exec(SQL.mark, JSON.stringify(fresh));",
    replace: "",
    tests: OBJECT,
  },
  {
    name: "answers 304 for a product whose quote has changed",
    file: "src/http/products/product-entry.ts",
    search: "if (!entry.quote) return representation(call, entry.body, entry.version);",
    replace: "return representation(call, entryJson(entry), entry.version);",
    tests: acceptance("quotes"),
  },
  {
    name: "sends listeners every price",
    file: "src/objects/hub/quote-feed.ts",
    search: "topic.notBefore = Date.now() + Math.max(QUOTE_SPACING_MS, ownMs);",
    replace: "topic.notBefore = Date.now() + ownMs;",
    tests: ["test/objects/hub/quote-feed.test.ts"],
  },
];
