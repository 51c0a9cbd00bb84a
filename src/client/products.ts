/** The catalog: entries, market prices, whole files. */
import { linesOf } from "./lines.ts";
import { paged, type Page, type Paged } from "./paging.ts";
import { ConnectionError, HoldfastError } from "./problem.ts";
import { at, newKey, type CallOptions, type Sender } from "./request.ts";
import type { Facets, ImportResult, ImportSummary, PricePoint, Product, QuotesAnswer } from "./wire.ts";
import type {
  NewProduct,
  NewQuote,
  PriceQuery,
  ProductPatch,
  ProductQuery,
  RemovalQuery,
} from "./wire-requests.ts";

export interface ProductPage extends Page<Product> {
  /** Of the `facets` that were asked for. */
  facets?: Facets;
}

export interface Products {
  get(id: string, o?: CallOptions): Promise<Product>;
  list(q?: ProductQuery, o?: CallOptions): Paged<Product, ProductPage>;
  create(p: NewProduct, o?: CallOptions): Promise<Product>;
  edit(id: string, patch: ProductPatch, o?: CallOptions): Promise<Product>;
  /** Refused while stock is held or on hand, unless it is forced. */
  remove(id: string, q?: RemovalQuery, o?: CallOptions): Promise<void>;
  /**
   * Creates or updates a product per row and gives what became of each, in order. Rows are collected before they are sent
   * (25 MiB at most). Broken off, it goes on where it was; leaving the loop ends it. The generator's value is the summary.
   */
  import(
    rows: AsyncIterable<NewProduct> | Blob,
    q?: { format?: "ndjson" | "csv" | "json" | undefined },
    o?: CallOptions,
  ): AsyncGenerator<ImportResult, ImportSummary["summary"], undefined>;
  /** The whole catalog. */
  export(o?: CallOptions): AsyncGenerator<NewProduct, void, undefined>;
  /** The same as a file that an import takes. */
  exportFile(format: "ndjson" | "csv", o?: CallOptions): Promise<Blob>;
  /** All of the history that is asked for, the oldest first. */
  prices(id: string, q?: PriceQuery, o?: CallOptions): Promise<PricePoint[]>;
  /** Market prices of a feed of your own, up to 500. */
  recordQuotes(quotes: NewQuote[], o?: CallOptions): Promise<QuotesAnswer>;
}

const TYPES = { ndjson: "application/x-ndjson", csv: "text/csv", json: "application/json" };
const IDLE_MS = 60_000;
const MAX_RESUMED = 3;

export function productsOf(sender: Sender): Products {
  const exported = (format: "ndjson" | "csv", o?: CallOptions) =>
    sender.open("GET /v1/products/export", { headers: { Accept: TYPES[format] } }, o);
  return {
    get: (id, o) => sender.json(at`GET /v1/products/${id}`, {}, o),
    list: (q, o) => paged(q, (query) => sender.json("GET /v1/products", { query }, o)),
    create: (body, o) => sender.json("POST /v1/products", { body }, o),
    edit: (id, body, o) => sender.json(at`PATCH /v1/products/${id}`, { body }, o),
    remove: (id, query, o) => sender.json(at`DELETE /v1/products/${id}`, { query }, o),
    import: (rows, q, o) => importRows(sender, { rows, type: TYPES[q?.format ?? "ndjson"] }, o),
    async *export(o) {
      for await (const line of linesOf(await exported("ndjson", o), { signal: o?.signal, idleMs: IDLE_MS }))
        yield JSON.parse(line);
    },
    exportFile: async (format, o) => (await exported(format, o)).blob(),
    prices: async (id, q, o) => {
      const points: PricePoint[] = [];
      const read = (query: object): Promise<Page<PricePoint>> =>
        sender.json(at`GET /v1/products/${id}/prices`, { query }, o);
      for await (const point of paged<PricePoint>(q, read)) points.push(point);
      return points;
    },
    recordQuotes: (quotes, o) => sender.json("POST /v1/quotes", { body: { quotes } }, o),
  };
}

interface Upload {
  rows: AsyncIterable<NewProduct> | Blob;
  type: string;
}

/** Each row has a part of the call's key, so a file sent again is answered row by row as it was. */
async function* importRows(
  sender: Sender,
  { rows, type }: Upload,
  o: CallOptions = {},
): AsyncGenerator<ImportResult, ImportSummary["summary"], undefined> {
  const { signal, idempotencyKey = newKey(), maxRetries = MAX_RESUMED } = o;
  const body = rows instanceof Blob ? rows : await fileOf(rows);
  const payload = { body, headers: { "Content-Type": type, Accept: TYPES.ndjson } };
  let given = 0;
  for (let attempt = 1; ; attempt += 1) {
    const response = await sender.open("POST /v1/products/import", payload, { ...o, idempotencyKey });
    let cause: unknown;
    try {
      let row = 0;
      for await (const line of linesOf(response, { signal, idleMs: IDLE_MS })) {
        const answer: ImportResult | ImportSummary = JSON.parse(line);
        if ("summary" in answer) return answer.summary;
        row += 1;
        if (row <= given) continue;
        given = row;
        yield answer;
      }
      cause = new HoldfastError("the answer ended without a summary");
    } catch (error) {
      if (signal?.aborted) throw error;
      cause = error;
    }
    if (attempt > maxRetries)
      throw new ConnectionError("the import was cut off", { attempts: attempt, idempotencyKey, cause });
  }
}

async function fileOf(rows: AsyncIterable<NewProduct>): Promise<Blob> {
  const lines: string[] = [];
  for await (const row of rows) lines.push(`${JSON.stringify(row)}\n`);
  return new Blob(lines);
}
