/** What requests take: bodies and queries. Times are RFC 3339; what is left out has the default that the service documents. */
import type { AttributeValue, Availability, MovementType, ProductStatus, ReservationState } from "./wire.ts";
import type { EventType } from "./wire-events.ts";
import type { KeyKind, ReportWindow, Scope } from "./wire-operation.ts";

/** A decimal, as a text or a number. */
export type Amount = string | number;

export interface NewMoney {
  amount: Amount;
  currency: string;
}

interface NewCatalogFields {
  kind?: string;
  description?: string | null;
  status?: ProductStatus;
  barcode?: string | null;
  imageUrl?: string | null;
  tags?: string[];
  price?: NewMoney | null;
  source?: { name: string; externalId: string } | null;
  minimumStockLevel?: number;
  maximumStockLevel?: number | null;
  maxPerCustomer?: number | null;
}

/** Also a row of an import, and of an export. */
export interface NewProduct extends NewCatalogFields {
  productId: string;
  name: string;
  attributes?: Record<string, AttributeValue>;
}

export interface ProductPatch extends NewCatalogFields {
  name?: string;
  /** Merged by name; null removes one. */
  attributes?: Record<string, AttributeValue | null>;
  /** Nothing is changed if it is not at this version any more (409). */
  version?: number;
}

export interface NewQuote {
  productId: string;
  price: NewMoney;
  /** Not in the future; now when it is left out. */
  at?: string;
  source?: string;
}

export interface NewInventory {
  productId: string;
  initialQuantity: number;
  minimumStockLevel?: number;
  name?: string;
  locationId?: string;
}

export interface Count {
  newQuantity: number;
  reason: string;
  adjustedBy?: string;
  locationId?: string;
  version?: number;
  force?: boolean;
}

export interface Adjust {
  /** Positive for a receipt or a return, negative for a sale, damage or shrinkage. */
  delta: number;
  type: "receipt" | "return" | "sale" | "damage" | "shrinkage" | "correction";
  reason: string;
  locationId?: string;
  reference?: string;
  version?: number;
  force?: boolean;
}

export interface Transfer {
  fromLocationId: string;
  toLocationId: string;
  quantity: number;
  reason?: string;
  version?: number;
}

export interface LevelSettings {
  safetyStock?: number;
  backorderLimit?: number;
  version?: number;
}

export interface StockUpdate {
  productId: string;
  delta: number;
  version?: number;
  idempotencyKey: string;
}

/** One alone: a refusal is thrown. */
export interface Update {
  /** A location of that id, or only who sends it: then the stock at `main` changes. */
  storeId: string;
  productId: string;
  delta: number;
  version?: number;
  /** The call's when it is left out. */
  idempotencyKey?: string;
}

/** Up to 100: a refusal is in its row. */
export interface UpdateBatch {
  storeId: string;
  updates: StockUpdate[];
}

export interface ReserveBody {
  quantity: number;
  orderId?: string;
  customerId?: string;
  metadata?: Record<string, unknown>;
  locationId?: string;
  /** In order of preference. */
  locationIds?: string[];
  /** 900 unless an operator says otherwise; null: no expiry, which needs `stock:write`. */
  ttlSeconds?: number | null;
  /** A hold of the same product whose units pass to this one. */
  supersedes?: string;
}

export interface OrderReleaseBody {
  orderId: string;
  quantity?: number;
  reason?: string;
}

interface RowHead {
  productId: string;
  idempotencyKey?: string;
}

export type BulkOperation =
  | (RowHead & Count & { op: "count" })
  | (RowHead & Adjust & { op: "adjust" })
  | (RowHead & ReserveBody & { op: "reserve" })
  | (RowHead & OrderReleaseBody & { op: "release" })
  | (RowHead & Transfer & { op: "transfer" });

export interface Bulk {
  operations: BulkOperation[];
  onError?: "continue" | "stop" | "rejectAll";
}

export interface OrderBody {
  orderId: string;
  lines: { productId: string; quantity: number; locationId?: string }[];
  ttlSeconds?: number | null;
  customerId?: string;
  /** A line may be filled from several locations. */
  split?: boolean;
}

export interface ConfirmBody {
  /** All that is held when it is left out; a rest is released. */
  quantity?: number;
  /** `reacquire`: an expired hold is confirmed if its units are still free. */
  ifExpired?: "reject" | "reacquire";
  version?: number;
}

export interface ReleaseBody {
  quantity?: number;
  reason?: string;
  version?: number;
}

export interface ReturnBody {
  quantity: number;
  restock: boolean;
  reason: string;
  locationId?: string;
  version?: number;
}

export interface NewLocation {
  locationId: string;
  name: string;
  priority?: number;
  country?: string | null;
  latitude?: number | null;
  longitude?: number | null;
}

export type LocationPatch = Partial<Omit<NewLocation, "locationId">>;

export interface NewWebhook {
  url: string;
  types?: EventType[] | null;
  productIds?: string[] | null;
  description?: string | null;
  secret?: string;
  fromOffset?: number;
}

export interface WebhookPatch {
  url?: string;
  types?: EventType[] | null;
  productIds?: string[] | null;
  description?: string | null;
  status?: "active" | "disabled";
  rotateSecret?: boolean;
}

export interface NewKey {
  name: string;
  kind?: KeyKind;
  scopes?: Scope[];
  origins?: string[] | null;
  expiresAt?: string | null;
}

interface AdminRow {
  productId: string;
  idempotencyKey?: string;
}

export interface ProductCreation extends Omit<NewProduct, "name" | "price">, AdminRow {
  name?: string;
  price?: NewMoney | Amount | null;
  initialQuantity?: number;
  /** Another word for initialQuantity. */
  available?: number;
  locationId?: string;
}

export interface ProductSetting extends Omit<ProductPatch, "price">, AdminRow {
  price?: NewMoney | Amount | null;
  newQuantity?: number;
  /** Counts so that so many are available. */
  available?: number;
  reason?: string;
  adjustedBy?: string;
  locationId?: string;
  force?: boolean;
}

export interface ProductDeletion extends AdminRow {
  force?: boolean;
  reason?: string;
  version?: number;
}

export interface PageQuery {
  limit?: number | undefined;
  cursor?: string | undefined;
}

interface ProductFilter extends PageQuery {
  q?: string | undefined;
  kind?: string | undefined;
  status?: ProductStatus | undefined;
  tag?: string | undefined;
  barcode?: string | undefined;
  minPrice?: string | undefined;
  maxPrice?: string | undefined;
  createdAfter?: string | undefined;
  updatedAfter?: string | undefined;
  availability?: Availability | undefined;
  /** By name: `{ theme: "Star Wars" }`. */
  attributes?: Record<string, string> | undefined;
  sort?: "relevance" | "name" | "price" | "createdAt" | "-name" | "-price" | "-createdAt" | undefined;
}

export interface ProductQuery extends ProductFilter {
  /** `["kind", "attr.theme"]`: their values are counted. */
  facets?: string[] | undefined;
}

export interface StockQuery extends ProductFilter {
  locationId?: string | undefined;
  overstocked?: boolean | undefined;
}

export interface LowStockQuery extends PageQuery {
  kind?: string | undefined;
  status?: ProductStatus | undefined;
  tag?: string | undefined;
  locationId?: string | undefined;
}

interface MovementFilter extends PageQuery {
  type?: MovementType | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export interface MovementQuery extends MovementFilter {
  orderId?: string | undefined;
}

export interface AllMovementsQuery extends MovementFilter {
  productId?: string | undefined;
  locationId?: string | undefined;
  reference?: string | undefined;
}

export interface PriceQuery {
  from?: string | undefined;
  to?: string | undefined;
  interval?: "raw" | "hour" | "day" | undefined;
  source?: string | undefined;
}

export interface ReservationQuery extends PageQuery {
  orderId?: string | undefined;
  productId?: string | undefined;
  locationId?: string | undefined;
  customerId?: string | undefined;
  state?: ReservationState | undefined;
  expiresBefore?: string | undefined;
}

export interface EventQuery {
  /** The first wanted; the oldest that is kept when it is left out. */
  offset?: number | undefined;
  limit?: number | undefined;
  /** Seconds to wait for an event when there is none yet. */
  wait?: number | undefined;
  productId?: string | undefined;
  type?: EventType | undefined;
}

export interface ProductReportQuery extends PageQuery {
  window?: ReportWindow | undefined;
  sort?: "sold" | "held" | "expired" | "returned" | "refused" | "added" | undefined;
}

export interface ReportSeriesQuery extends PageQuery {
  interval?: "hour" | "day" | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export interface SearchReportQuery {
  window?: ReportWindow | undefined;
  limit?: number | undefined;
}

export interface AssetQuery extends PageQuery {
  active_only?: boolean | undefined;
}

export interface AssetSearchQuery extends PageQuery {
  q?: string | undefined;
  min_price?: string | undefined;
  max_price?: string | undefined;
  status?: "ACTIVE" | "INACTIVE" | "SUSPENDED" | undefined;
  sort?: ProductFilter["sort"];
}

/** `force` needs a reason. */
export interface RemovalQuery {
  force?: true | undefined;
  reason?: string | undefined;
}
