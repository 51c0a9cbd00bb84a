/** Stock: numbers, changes of what is on hand, and the trail they leave. */
import { paged, type Paged } from "./paging.ts";
import { at, keepMeta, metaOf, type CallOptions, type Sender } from "./request.ts";
import type { BulkResult, Check, LowStock, Movement, Stock, StockListed, UpdateResult } from "./wire.ts";
import type * as request from "./wire-requests.ts";

export interface StockRoutes {
  /** Exact to this moment. `locationId`: of one location alone. */
  get(id: string, o?: CallOptions & { locationId?: string | undefined }): Promise<Stock>;
  list(q?: request.StockQuery, o?: CallOptions): Paged<StockListed>;
  /** A product with its first stock. */
  create(b: request.NewInventory, o?: CallOptions): Promise<Stock>;
  /** What is on hand, as counted. */
  count(id: string, b: request.Count, o?: CallOptions): Promise<Stock>;
  adjust(id: string, b: request.Adjust, o?: CallOptions): Promise<Stock>;
  /** Moves goods, not holds. */
  transfer(id: string, b: request.Transfer, o?: CallOptions): Promise<Stock>;
  setLevel(id: string, locationId: string, b: request.LevelSettings, o?: CallOptions): Promise<Stock>;
  removeLevel(id: string, locationId: string, o?: CallOptions): Promise<void>;
  /** Whether a reserve would succeed; nothing is held. */
  check(id: string, b: request.ReserveBody, o?: CallOptions): Promise<Check>;
  /** The newest first. */
  movements(id: string, q?: request.MovementQuery, o?: CallOptions): Paged<Movement>;
  allMovements(q?: request.AllMovementsQuery, o?: CallOptions): Paged<Movement>;
  /** Worst first. */
  lowStock(q?: request.LowStockQuery, o?: CallOptions): Paged<LowStock>;
  /** Of one alone a refusal is thrown, of several it is in its row. */
  update(b: request.Update | request.UpdateBatch, o?: CallOptions): Promise<UpdateResult[]>;
  bulk(b: request.Bulk, o?: CallOptions): Promise<BulkResult>;
  /** The same as `products.remove`. */
  remove(id: string, q?: request.RemovalQuery, o?: CallOptions): Promise<void>;
}

export function stockOf(sender: Sender): StockRoutes {
  const list = <T>(path: string, q: object | undefined, o: CallOptions | undefined) =>
    paged<T>(q, (query) => sender.json(path, { query }, o));
  return {
    get: (id, { locationId, ...o } = {}) =>
      sender.json(at`GET /v1/inventory/${id}`, { query: { locationId } }, o),
    list: (q, o) => list("GET /v1/inventory", q, o),
    create: (body, o) => sender.json("POST /v1/inventory", { body }, o),
    count: (id, body, o) => sender.json(at`PUT /v1/inventory/${id}`, { body }, o),
    adjust: (id, body, o) => sender.json(at`POST /v1/inventory/${id}/adjust`, { body }, o),
    transfer: (id, body, o) => sender.json(at`POST /v1/inventory/${id}/transfer`, { body }, o),
    // oxlint-disable-next-line max-params -- two ids, as the route has them
    setLevel: (id, locationId, body, o) =>
      sender.json(at`PATCH /v1/inventory/${id}/levels/${locationId}`, { body }, o),
    removeLevel: (id, locationId, o) =>
      sender.json(at`DELETE /v1/inventory/${id}/levels/${locationId}`, {}, o),
    check: (id, body, o) => sender.json(at`POST /v1/inventory/${id}/check`, { body }, o),
    movements: (id, q, o) => list(at`GET /v1/inventory/${id}/movements`, q, o),
    allMovements: (q, o) => list("GET /v1/movements", q, o),
    lowStock: (q, o) => list("GET /v1/inventory/low-stock", q, o),
    update: async (body, o) => {
      // One alone has one key, wherever it stands.
      const key = "updates" in body ? undefined : body.idempotencyKey;
      const answer = await sender.json<UpdateResult | { results: UpdateResult[] }>(
        "POST /v1/inventory/updates",
        { body },
        { ...o, ...(key !== undefined && { idempotencyKey: key }) },
      );
      const results = "results" in answer ? answer.results : [answer];
      keepMeta(results, metaOf(answer));
      return results;
    },
    bulk: (body, o) => sender.json("POST /v1/inventory/bulk", { body }, o),
    remove: (id, query, o) => sender.json(at`DELETE /v1/inventory/${id}`, { query }, o),
  };
}
