/** How a source's object reaches the rest: the book's list of its products, the products themselves, and their prices. */
import {
  countSourceProducts,
  productOrigins,
  sourceProductsAfter,
  sourceProductsOf,
  type SourceCursor,
} from "../../d1/source-products";
import type { CatalogPatch, CatalogInput, Command, Envelope, Result } from "../../domain/command";
import type { NewQuote } from "../../domain/quote";
import type { QuoteResult } from "../../domain/record-quotes";
import type { SourcedProduct, SourceName } from "../../domain/source";
import { QUOTES_CALL_TIMEOUT_MS } from "../../limits/quotes";
import { SOURCE_PRODUCT_TIMEOUT_MS } from "../../limits/sources";
import { productObject } from "../../products";
import { withTimeout } from "../../timeout";
import { retry } from "../flow/backoff";
import type { RecordAnswer } from "../quotes/quote-batches";

export interface SourcePorts {
  count(): Promise<number>;
  after(after: SourceCursor, limit: number): Promise<SourcedProduct[]>;
  of(externalIds: readonly string[], limit: number): Promise<SourcedProduct[]>;
  origins(productIds: readonly string[]): ReturnType<typeof productOrigins>;
  /** Never makes a product: one that was deleted meanwhile stays so. */
  edit(productId: string, patch: CatalogPatch): Promise<Result>;
  /** Answers once the book has it. */
  upsert(productId: string, fields: CatalogInput): Promise<Result>;
  /** At most 500. */
  record(quotes: NewQuote[]): Promise<QuoteResult[]>;
}

/** All of it rejects where it fails or takes too long, and may be done again. */
export function sourcePorts(env: Env, name: SourceName): SourcePorts {
  const execute = async (productId: string, command: Command, awaitBook: boolean): Promise<Result> => {
    const envelope: Envelope = { command, actor: `source:${name}`, clamped: false };
    const ask = async () => productObject(env, productId).execute([envelope], { awaitBook });
    const asking = () => withTimeout<Result[]>(ask(), SOURCE_PRODUCT_TIMEOUT_MS, "product");
    const [result] = await retry(2, asking);
    if (!result) throw new Error("the object answered nothing");
    return result;
  };
  return {
    count: () => countSourceProducts(env.BOOK, name),
    after: (after, limit) => sourceProductsAfter(env.BOOK, name, { after, limit }),
    of: (externalIds, limit) => sourceProductsOf(env.BOOK, name, { externalIds, limit }),
    origins: (productIds) => productOrigins(env.BOOK, productIds),
    edit: (productId, patch) => execute(productId, { verb: "edit", patch }, false),
    upsert: (productId, fields) => execute(productId, { verb: "upsert", fields }, true),
    record: async (quotes) => {
      const recording = async () => env.QUOTES.getByName("quotes").record(quotes);
      const answer: RecordAnswer = await withTimeout(recording(), QUOTES_CALL_TIMEOUT_MS, "quotes");
      if (!answer.ok) throw new Error(`prices not recorded: ${answer.reason}`);
      return answer.results;
    },
  };
}
