/**
 * Every operation of the document, called by the client. Bodies and queries are whole: together the calls of an operation name
 * each field and parameter that it takes, and `Required` lets none be left out here that the client's types know.
 */
import type { Holdfast } from "../../src/client/client";
import type * as wire from "../../src/client/wire-requests";

type Call = (client: Holdfast) => unknown;

const ID = "CALL-1";
const HOLD = "CALL-1~01K9Z3V6M8Q2W4E6R8T0Y2V4J6";
const AT = "2026-01-31T12:00:00.000Z";
const page = { limit: 5 };

const catalog = {
  kind: "set",
  description: null,
  status: "active",
  barcode: "5702015869935",
  imageUrl: "https://pictures.example/1.png",
  tags: ["ucs"],
  price: { amount: "649.99", currency: "USD" },
  source: { name: "rebrickable", externalId: "1-1" },
  minimumStockLevel: 1,
  maximumStockLevel: 9,
  maxPerCustomer: 3,
  attributes: { theme: "Star Wars" },
} as const satisfies Omit<Required<wire.ProductPatch>, "name" | "version" | "tags"> & {
  tags: readonly string[];
};
const fields = { ...catalog, tags: [...catalog.tags] };

const product: Required<wire.NewProduct> = { productId: ID, name: "Falcon", ...fields };
const patch: Required<wire.ProductPatch> = { name: "Falcon", ...fields, version: 1 };
const filter = {
  q: "falcon",
  kind: "set",
  status: "active",
  tag: "ucs",
  barcode: "1",
  minPrice: "1",
  maxPrice: "2.50",
  createdAfter: AT,
  updatedAfter: AT,
  availability: "in_stock",
  attributes: { theme: "Star Wars" },
  sort: "-price",
  ...page,
} as const;
const productQuery: Omit<Required<wire.ProductQuery>, "cursor"> = {
  ...filter,
  facets: ["kind", "attr.theme"],
};
const stockQuery: Omit<Required<wire.StockQuery>, "cursor"> = {
  ...filter,
  locationId: "main",
  overstocked: true,
};
const { kind, status, tag } = filter;
const lowStock: Omit<Required<wire.LowStockQuery>, "cursor"> = {
  kind,
  status,
  tag,
  locationId: "main",
  ...page,
};
const prices: Required<wire.PriceQuery> = { from: AT, to: AT, interval: "day", source: "feed" };
const quote: Required<wire.NewQuote> = { productId: ID, price: catalog.price, at: AT, source: "feed" };

const inventory: Required<wire.NewInventory> = {
  productId: ID,
  initialQuantity: 10,
  minimumStockLevel: 1,
  name: "Falcon",
  locationId: "main",
};
const count: Required<wire.Count> = {
  newQuantity: 10,
  reason: "counted",
  adjustedBy: "ann",
  locationId: "main",
  version: 1,
  force: true,
};
const adjust: Required<wire.Adjust> = {
  delta: 1,
  type: "receipt",
  reason: "delivery",
  locationId: "main",
  reference: "PO-1",
  version: 1,
  force: true,
};
const transfer: Required<wire.Transfer> = {
  fromLocationId: "main",
  toLocationId: "shop",
  quantity: 1,
  reason: "moved",
  version: 1,
};
const level: Required<wire.LevelSettings> = { safetyStock: 1, backorderLimit: 1, version: 1 };
const { locationIds, ...reserve }: Required<wire.ReserveBody> = {
  quantity: 1,
  orderId: "ORDER-1",
  customerId: "ann",
  metadata: { cart: 1 },
  locationId: "main",
  locationIds: ["main"],
  ttlSeconds: null,
  supersedes: HOLD,
};
const movements = { type: "sale", from: AT, to: AT, ...page } as const;
const movementQuery: Omit<Required<wire.MovementQuery>, "cursor"> = { ...movements, orderId: "ORDER-1" };
const allMovements: Omit<Required<wire.AllMovementsQuery>, "cursor"> = {
  ...movements,
  productId: ID,
  locationId: "main",
  reference: "PO-1",
};
const update: Required<wire.StockUpdate> = { productId: ID, delta: 1, version: 1, idempotencyKey: "till-1" };
const alone: Required<wire.Update> = { storeId: "main", ...update };
const row = { productId: ID, idempotencyKey: "row" };
const operations: wire.BulkOperation[] = [
  { op: "count", ...row, ...count },
  { op: "adjust", ...row, ...adjust },
  { op: "reserve", ...row, ...reserve },
  { op: "reserve", ...row, quantity: 1, locationIds },
  { op: "release", ...row, orderId: "ORDER-1", quantity: 1, reason: "gone" },
  { op: "transfer", ...row, ...transfer },
];

const order: Required<wire.OrderBody> = {
  orderId: "ORDER-1",
  lines: [{ productId: ID, quantity: 1, locationId: "main" }],
  ttlSeconds: 60,
  customerId: "ann",
  split: true,
};
const confirm: Required<wire.ConfirmBody> = { quantity: 1, ifExpired: "reacquire", version: 1 };
const release: Required<wire.ReleaseBody> = { quantity: 1, reason: "gone", version: 1 };
const returned: Required<wire.ReturnBody> = {
  quantity: 1,
  restock: true,
  reason: "broken",
  locationId: "main",
  version: 1,
};
const orderRelease: Required<wire.OrderReleaseBody> = { orderId: "ORDER-1", quantity: 1, reason: "gone" };
const reservationQuery: Omit<Required<wire.ReservationQuery>, "cursor"> = {
  orderId: "ORDER-1",
  productId: ID,
  locationId: "main",
  customerId: "ann",
  state: "held",
  expiresBefore: AT,
  ...page,
};

const location: Required<wire.NewLocation> = {
  locationId: "shop",
  name: "Shop",
  priority: 2,
  country: "DE",
  latitude: 52.5,
  longitude: 13.4,
};
const { locationId: _, ...locationPatch } = location;
const hook = {
  url: "https://hooks.example/1",
  types: ["stock.low" as const],
  productIds: [ID],
  description: "one",
};
const webhook: Required<wire.NewWebhook> = {
  ...hook,
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  fromOffset: 1,
};
const webhookPatch: Required<wire.WebhookPatch> = { ...hook, status: "active", rotateSecret: true };
const key: Required<wire.NewKey> = {
  name: "page",
  kind: "publishable",
  scopes: ["stock:read"],
  origins: ["https://shop.example"],
  expiresAt: "2099-01-01T00:00:00.000Z",
};
const { initialQuantity, ...creation }: Required<wire.ProductCreation> = {
  ...product,
  initialQuantity: 1,
  available: 1,
  locationId: "main",
  idempotencyKey: "row",
};
const { newQuantity, ...setting }: Required<wire.ProductSetting> = {
  ...patch,
  productId: ID,
  idempotencyKey: "row",
  newQuantity: 1,
  available: 1,
  reason: "set",
  adjustedBy: "ann",
  locationId: "main",
  force: true,
};
const deletion: Required<wire.ProductDeletion> = { ...row, force: true, reason: "gone", version: 1 };
const removal: Required<wire.RemovalQuery> = { force: true, reason: "gone" };
const eventQuery: Required<wire.EventQuery> = {
  offset: 1,
  limit: 5,
  wait: 0,
  productId: ID,
  type: "stock.low",
};
const ranking: Omit<Required<wire.ProductReportQuery>, "cursor"> = { window: "7d", sort: "held", ...page };
const series: Omit<Required<wire.ReportSeriesQuery>, "cursor"> = {
  interval: "day",
  from: AT,
  to: AT,
  ...page,
};
const searches: Required<wire.SearchReportQuery> = { window: "7d", limit: 5 };
const assets: Omit<Required<wire.AssetQuery>, "cursor"> = { active_only: true, ...page };
const assetSearch: Omit<Required<wire.AssetSearchQuery>, "cursor"> = {
  q: "bit",
  min_price: "1",
  max_price: "2",
  status: "ACTIVE",
  sort: "name",
  ...page,
};

export const CALLS_BY_OPERATION: Record<string, Call[]> = {
  createLocation: [(h) => h.locations.create(location)],
  listLocations: [(h) => h.locations.list(page)],
  readLocation: [(h) => h.locations.get("shop")],
  editLocation: [(h) => h.locations.edit("shop", locationPatch)],
  createProduct: [(h) => h.products.create(product)],
  readProduct: [(h) => h.products.get(ID)],
  listProducts: [(h) => h.products.list(productQuery)],
  editProduct: [(h) => h.products.edit(ID, patch)],
  listPrices: [(h) => h.products.prices(ID, prices)],
  recordQuotes: [(h) => h.products.recordQuotes([quote])],
  importProducts: [(h) => last(h.products.import(new Blob([JSON.stringify(product)])))],
  exportProducts: [(h) => last(h.products.export()), (h) => h.products.exportFile("csv")],
  createInventory: [(h) => h.stock.create(inventory)],
  readInventory: [(h) => h.stock.get(ID, { locationId: "main" })],
  listInventory: [(h) => h.stock.list(stockQuery)],
  countStock: [(h) => h.stock.count(ID, count)],
  adjustStock: [(h) => h.stock.adjust(ID, adjust)],
  transferStock: [(h) => h.stock.transfer(ID, transfer)],
  setLevel: [(h) => h.stock.setLevel(ID, "main", level)],
  checkStock: [(h) => h.stock.check(ID, reserve), (h) => h.stock.check(ID, { quantity: 1, locationIds })],
  listMovements: [(h) => h.stock.movements(ID, movementQuery)],
  listAllMovements: [(h) => h.stock.allMovements(allMovements)],
  listLowStock: [(h) => h.stock.lowStock(lowStock)],
  updateStock: [
    (h) => h.stock.update(alone),
    (h) => h.stock.update({ storeId: "main", updates: [update] } satisfies wire.UpdateBatch),
  ],
  bulkChangeStock: [(h) => h.stock.bulk({ operations, onError: "stop" } satisfies Required<wire.Bulk>)],
  reserve: [(h) => h.reserve(ID, reserve), (h) => h.reserve(ID, { quantity: 1, locationIds })],
  readReservation: [(h) => h.reservations.get(HOLD)],
  listReservations: [(h) => h.reservations.list(reservationQuery)],
  confirmReservation: [(h) => h.reservations.confirm(HOLD, confirm)],
  releaseReservation: [(h) => h.reservations.release(HOLD, release)],
  cancelReservation: [(h) => h.reservations.cancel(HOLD)],
  resizeReservation: [(h) => h.reservations.resize(HOLD, 2)],
  extendReservation: [(h) => h.reservations.extend(HOLD, 60)],
  returnUnits: [(h) => h.reservations.return(HOLD, returned)],
  releaseOrderUnits: [(h) => h.reservations.releaseUnits(ID, orderRelease)],
  holdOrder: [(h) => h.orders.place(order)],
  readOrder: [(h) => h.orders.get("ORDER-1")],
  confirmMany: [(h) => h.orders.confirm("ORDER-1"), (h) => h.reservations.confirmMany([HOLD])],
  releaseMany: [
    (h) => h.orders.release("ORDER-1", { reason: "gone" }),
    (h) => h.reservations.releaseMany([HOLD], { reason: "gone" }),
  ],
  readEvents: [(h) => h.readEvents(eventQuery)],
  followEvents: [(h) => h.followEvents(1).next()],
  listenToLevels: [(h) => first(h.watch([ID], { since: { [ID]: 0 } }))],
  createWebhook: [(h) => h.webhooks.create(webhook)],
  listWebhooks: [(h) => h.webhooks.list(page)],
  getWebhook: [(h) => h.webhooks.get("wh_1")],
  editWebhook: [(h) => h.webhooks.edit("wh_1", webhookPatch)],
  deleteWebhook: [(h) => h.webhooks.remove("wh_1")],
  listWebhookDeliveries: [(h) => h.webhooks.deliveries("wh_1", page)],
  testWebhook: [(h) => h.webhooks.test("wh_1")],
  replayWebhook: [(h) => h.webhooks.replay("wh_1", 1)],
  readOwnKey: [(h) => h.keys.self()],
  listKeys: [(h) => h.keys.list(page)],
  createKey: [(h) => h.keys.create(key)],
  rotateKey: [(h) => h.keys.rotate("0", { overlapSeconds: 1 })],
  revokeKey: [(h) => h.keys.revoke("0")],
  createLiveTicket: [(h) => h.keys.liveTicket()],
  listSources: [(h) => h.sources.list()],
  importFromSource: [(h) => h.sources.import("coingecko", ["bitcoin"])],
  refreshSource: [(h) => h.sources.refresh("coingecko")],
  createProducts: [
    (h) => h.admin.createProducts([creation]),
    (h) => h.admin.createProducts([{ productId: ID, initialQuantity }]),
  ],
  setProducts: [
    (h) => h.admin.setProducts([setting]),
    (h) => h.admin.setProducts([{ productId: ID, newQuantity }]),
  ],
  verifyProduct: [(h) => h.admin.verify(ID)],
  verifyProducts: [(h) => h.admin.verifyAll(page)],
  reprojectProduct: [(h) => h.admin.reproject(ID)],
  readRateLimitStatus: [(h) => h.admin.rateLimits()],
  readSearchRebuild: [(h) => h.admin.searchRebuild()],
  rebuildSearch: [(h) => h.admin.rebuildSearch()],
  readDetailedHealth: [(h) => h.admin.health()],
  readMetrics: [(h) => h.admin.metrics()],
  reportProducts: [(h) => h.reports.products(ranking)],
  reportProduct: [(h) => h.reports.product(ID, series)],
  reportSearches: [(h) => h.reports.searches(searches)],
  readHealth: [(h) => h.health()],
  readBrickHealth: [(h) => h.views.brickHealth()],
  readSet: [(h) => h.views.set("75192")],
  readBrickSet: [(h) => h.views.brickSet("75192")],
  readAsset: [(h) => h.views.asset("bitcoin")],
  listAssets: [(h) => h.views.assets(assets)],
  searchAssets: [(h) => h.views.searchAssets(assetSearch)],
  removeLevel: [(h) => h.stock.removeLevel(ID, "main")],
  deleteProducts: [(h) => h.admin.deleteProducts([deletion]), (h) => h.admin.deleteProducts([ID])],
  deleteInventory: [(h) => h.stock.remove(ID, removal)],
  deleteProduct: [(h) => h.products.remove(ID, removal)],
  deleteLocation: [(h) => h.locations.remove("shop")],
};

async function last<T>(values: AsyncIterable<T>): Promise<T | undefined> {
  let found: T | undefined;
  for await (const value of values) found = value;
  return found;
}

async function first<T>(values: AsyncIterable<T>): Promise<T | undefined> {
  for await (const value of values) return value;
  return undefined;
}
