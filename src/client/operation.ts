/** What staff and operators set up and look after, and the two views for others' clients. */
import { paged, type Paged } from "./paging.ts";
import { at, type CallOptions, type Sender } from "./request.ts";
import type * as wire from "./wire-operation.ts";
import type * as request from "./wire-requests.ts";

export interface Locations {
  list(q?: request.PageQuery, o?: CallOptions): Paged<wire.Location>;
  get(id: string, o?: CallOptions): Promise<wire.Location>;
  create(b: request.NewLocation, o?: CallOptions): Promise<wire.Location>;
  edit(id: string, patch: request.LocationPatch, o?: CallOptions): Promise<wire.Location>;
  remove(id: string, o?: CallOptions): Promise<void>;
}

export interface Webhooks {
  list(q?: request.PageQuery, o?: CallOptions): Paged<wire.Webhook>;
  get(id: string, o?: CallOptions): Promise<wire.Webhook>;
  /** The answer has the secret, this once. */
  create(b: request.NewWebhook, o?: CallOptions): Promise<wire.WebhookWithSecret>;
  edit(id: string, patch: request.WebhookPatch, o?: CallOptions): Promise<wire.WebhookWithSecret>;
  remove(id: string, o?: CallOptions): Promise<void>;
  /** The newest first. */
  deliveries(id: string, q?: request.PageQuery, o?: CallOptions): Paged<wire.WebhookDelivery>;
  test(id: string, o?: CallOptions): Promise<wire.WebhookTest>;
  /** Sends everything again from an offset on. */
  replay(id: string, fromOffset: number, o?: CallOptions): Promise<wire.Webhook>;
}

export interface Keys {
  /** What the key in use may do. */
  self(o?: CallOptions): Promise<wire.KeySelf>;
  list(q?: request.PageQuery, o?: CallOptions): Paged<wire.ManagedKey>;
  /** The answer has the key, this once. */
  create(b: request.NewKey, o?: CallOptions): Promise<wire.ManagedKeyWithSecret>;
  revoke(id: string, o?: CallOptions): Promise<void>;
  rotate(id: string, b: { overlapSeconds: number }, o?: CallOptions): Promise<wire.ManagedKeyWithSecret>;
  /** For an `EventSource`, which cannot send a key. */
  liveTicket(o?: CallOptions): Promise<wire.LiveTicket>;
}

export interface Sources {
  list(o?: CallOptions): Promise<{ items: wire.Source[] }>;
  import(name: wire.SourceName, externalIds: string[], o?: CallOptions): Promise<wire.SourceImport>;
  refresh(name: wire.SourceName, o?: CallOptions): Promise<wire.Source>;
}

export interface Admin {
  createProducts(rows: request.ProductCreation[], o?: CallOptions): Promise<wire.ProductBatch<"Creations">>;
  setProducts(rows: request.ProductSetting[], o?: CallOptions): Promise<wire.ProductBatch<"Updates">>;
  /** By rows, or by ids alone. */
  deleteProducts(
    rows: request.ProductDeletion[] | string[],
    o?: CallOptions,
  ): Promise<wire.ProductBatch<"Deletions">>;
  /** Compares a product's object, its events and the book's rows. */
  verify(productId: string, o?: CallOptions): Promise<wire.Verification>;
  /** All products that the book knows. */
  verifyAll(q?: request.PageQuery, o?: CallOptions): Paged<wire.Verification, wire.VerificationPage>;
  /** Rebuilds the book's rows of a product from its object. */
  reproject(productId: string, o?: CallOptions): Promise<wire.Reprojection>;
  rateLimits(o?: CallOptions): Promise<wire.RateLimitStatus>;
  searchRebuild(o?: CallOptions): Promise<wire.SearchRebuild>;
  rebuildSearch(o?: CallOptions): Promise<wire.SearchRebuild>;
  /** How each part of the service is; an unhealthy one is an answer too. */
  health(o?: CallOptions): Promise<wire.HealthReport>;
  /** Prometheus' text. */
  metrics(o?: CallOptions): Promise<string>;
}

export interface Reports {
  products(
    q?: request.ProductReportQuery,
    o?: CallOptions,
  ): Paged<wire.ProductReport, wire.ProductReportPage>;
  product(
    id: string,
    q?: request.ReportSeriesQuery,
    o?: CallOptions,
  ): Paged<wire.ReportPoint, wire.ReportPointPage>;
  searches(q?: request.SearchReportQuery, o?: CallOptions): Promise<wire.SearchReport>;
}

export interface Views {
  set(id: string, o?: CallOptions): Promise<wire.SetView>;
  brickSet(id: string, o?: CallOptions): Promise<wire.SetView>;
  brickHealth(o?: CallOptions): Promise<wire.Health>;
  asset(id: string, o?: CallOptions): Promise<wire.AssetView>;
  assets(q?: request.AssetQuery, o?: CallOptions): Paged<wire.AssetView>;
  searchAssets(q?: request.AssetSearchQuery, o?: CallOptions): Paged<wire.AssetView>;
}

export function operationOf(sender: Sender) {
  const { json } = sender;
  const list = <T>(path: string, q?: object, o?: CallOptions) =>
    paged<T>(q, (query) => json(path, { query }, o));
  const locations: Locations = {
    list: (q, o) => list("GET /v1/locations", q, o),
    get: (id, o) => json(at`GET /v1/locations/${id}`, {}, o),
    create: (body, o) => json("POST /v1/locations", { body }, o),
    edit: (id, body, o) => json(at`PATCH /v1/locations/${id}`, { body }, o),
    remove: (id, o) => json(at`DELETE /v1/locations/${id}`, {}, o),
  };
  const webhooks: Webhooks = {
    list: (q, o) => list("GET /v1/webhooks", q, o),
    get: (id, o) => json(at`GET /v1/webhooks/${id}`, {}, o),
    create: (body, o) => json("POST /v1/webhooks", { body }, o),
    edit: (id, body, o) => json(at`PATCH /v1/webhooks/${id}`, { body }, o),
    remove: (id, o) => json(at`DELETE /v1/webhooks/${id}`, {}, o),
    deliveries: (id, q, o) => list(at`GET /v1/webhooks/${id}/deliveries`, q, o),
    test: (id, o) => json(at`POST /v1/webhooks/${id}/test`, { body: {} }, o),
    replay: (id, fromOffset, o) => json(at`POST /v1/webhooks/${id}/replay`, { body: { fromOffset } }, o),
  };
  const keys: Keys = {
    self: (o) => json("GET /v1/keys/self", {}, o),
    list: (q, o) => list("GET /v1/admin/keys", q, o),
    create: (body, o) => json("POST /v1/admin/keys", { body }, o),
    revoke: (id, o) => json(at`DELETE /v1/admin/keys/${id}`, {}, o),
    rotate: (id, body, o) => json(at`POST /v1/admin/keys/${id}/rotate`, { body }, o),
    liveTicket: (o) => json("POST /v1/live/tickets", {}, o),
  };
  const sources: Sources = {
    list: (o) => json("GET /v1/admin/sources", {}, o),
    import: (name, externalIds, o) =>
      json(at`POST /v1/admin/sources/${name}/import`, { body: { externalIds } }, o),
    refresh: (name, o) => json(at`POST /v1/admin/sources/${name}/refresh`, {}, o),
  };
  return {
    locations,
    webhooks,
    keys,
    sources,
    admin: adminOf(sender),
    reports: reportsOf(sender),
    views: viewsOf(sender),
  };
}

function adminOf({ json, text }: Sender): Admin {
  return {
    createProducts: (products, o) => json("POST /v1/admin/products/create", { body: { products } }, o),
    setProducts: (products, o) => json("PUT /v1/admin/products/set", { body: { products } }, o),
    deleteProducts: (rows, o) => {
      const body = typeof rows[0] === "string" ? { productIds: rows } : { products: rows };
      return json("DELETE /v1/admin/products/delete", { body }, o);
    },
    verify: (id, o) => json(at`POST /v1/admin/products/${id}/verify`, {}, o),
    verifyAll: (q, o) => paged(q, (query) => json("POST /v1/admin/verify", { body: query }, o)),
    reproject: (id, o) => json(at`POST /v1/admin/products/${id}/reproject`, {}, o),
    rateLimits: (o) => json("GET /v1/admin/rate-limit/status", {}, o),
    searchRebuild: (o) => json("GET /v1/admin/search/rebuild", {}, o),
    rebuildSearch: (o) => json("POST /v1/admin/search/rebuild", {}, o),
    health: (o) => json("GET /health/detailed", { passing: 503 }, o),
    metrics: (o) => text("GET /metrics", { headers: { Accept: "text/plain" } }, o),
  };
}

function reportsOf({ json }: Sender): Reports {
  return {
    products: (q, o) => paged(q, (query) => json("GET /v1/reports/products", { query }, o)),
    product: (id, q, o) => paged(q, (query) => json(at`GET /v1/reports/products/${id}`, { query }, o)),
    searches: (query, o) => json("GET /v1/reports/searches", { query }, o),
  };
}

function viewsOf({ json }: Sender): Views {
  const list = (path: string, q?: object, o?: CallOptions) =>
    paged<wire.AssetView>(q, (query) => json(path, { query }, o));
  return {
    set: (id, o) => json(at`GET /inventory/${id}`, {}, o),
    brickSet: (id, o) => json(at`GET /brick-api/inventory/${id}`, {}, o),
    brickHealth: (o) => json("GET /brick-api/health", {}, o),
    asset: (id, o) => json(at`GET /inventory/assets/${id}`, {}, o),
    assets: (q, o) => list("GET /inventory/assets", q, o),
    searchAssets: (q, o) => list("GET /inventory/assets/search", q, o),
  };
}
