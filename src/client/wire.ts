/**
 * What the service says of products, stock, reservations and orders, written by hand for whoever reads it in an editor;
 * `test/client/wire.test-d.ts` holds every type equal to the schema that the service answers by. Times are RFC 3339 in UTC.
 */

export interface Money {
  /** A decimal, exact: `"649.99"`. */
  amount: string;
  currency: string;
}

export type ProductStatus = "active" | "inactive" | "suspended" | "discontinued";
export type Availability = "in_stock" | "low_stock" | "out_of_stock" | "backorder" | "unavailable";
export type AttributeValue = string | number | boolean;

/** The newest market price. */
export interface Quote extends Money {
  source: string;
  at: string;
  ageSeconds: number;
  /** Too old to go by. */
  stale: boolean;
  change24hPercent: string | null;
  marketCap: string | null;
  volume24h: string | null;
}

export interface Product {
  productId: string;
  kind: string;
  name: string;
  description: string | null;
  status: ProductStatus;
  barcode: string | null;
  imageUrl: string | null;
  tags: string[];
  attributes: Record<string, AttributeValue>;
  price: Money | null;
  /** Null where there is none, and in answers of changes. */
  quote: Quote | null;
  source: { name: string; externalId: string } | null;
  minimumStockLevel: number;
  maximumStockLevel: number | null;
  maxPerCustomer: number | null;
  availability: Availability;
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** By field, the most frequent values first. */
export type Facets = Record<string, { value: AttributeValue; count: number }[]>;

/** Prices of a second, an hour or a day. */
export interface PricePoint {
  at: string;
  open: string;
  high: string;
  low: string;
  close: string;
  currency: string;
  source: string;
}

export interface QuoteResult {
  index: number;
  productId: string | null;
  result: "recorded" | "late" | "duplicate" | "refused";
  status?: number;
  code?: string;
  detail?: string;
  [fact: string]: unknown;
}

export interface QuotesAnswer {
  results: QuoteResult[];
  summary: { total: number; recorded: number; late: number; duplicates: number; refused: number };
}

/** What became of one row of an import. */
export interface ImportResult {
  /** From 1. */
  row: number;
  productId: string | null;
  result: "created" | "updated" | "unchanged" | "error";
  version?: number;
  error?: { code: string; detail: string; [fact: string]: unknown };
}

export interface ImportSummary {
  summary: {
    rows: number;
    created: number;
    updated: number;
    unchanged: number;
    errors: number;
    durationMs: number;
  };
}

/** Stock of a product at one location. */
export interface StockLevel {
  locationId: string;
  onHand: number;
  reserved: number;
  available: number;
  safetyStock: number;
  backorderLimit: number;
}

export interface Stock {
  productId: string;
  name: string;
  price: Money | null;
  onHand: number;
  reserved: number;
  /** Signed for staff; a storefront sees at least 0. */
  available: number;
  safetyStock: number;
  backorderLimit: number;
  minimumStockLevel: number;
  lowStock: boolean;
  oversold: boolean;
  overstocked: boolean;
  version: number;
  updatedAt: string;
  levels: StockLevel[];
}

export interface StockListed extends Stock {
  kind: string;
  quote: Quote | null;
}

export interface LowStock extends Stock {
  kind: string;
  /** Units short of the minimum. */
  shortfall: number;
}

export interface Check {
  ok: boolean;
  /** The code that a reserve would be refused with. */
  reason?: string;
  available: number;
  alternatives: { locationId: string; available: number }[];
}

export type MovementType =
  | "receipt"
  | "sale"
  | "return"
  | "damage"
  | "shrinkage"
  | "count"
  | "correction"
  | "transfer";

export interface Movement {
  movementId: string;
  productId: string;
  version: number;
  type: MovementType;
  locationId: string;
  /** Of a transfer; the numbers are those of the source. */
  toLocationId?: string;
  delta: number;
  before: number;
  after: number;
  reason: string | null;
  reference: string | null;
  orderId: string | null;
  reservationId: string | null;
  actor: string;
  adjustedBy: string | null;
  at: string;
}

export interface UpdateResult {
  productId: string | null;
  applied: boolean;
  newQuantity: number | null;
  newVersion: number | null;
  lastUpdated: string | null;
  replayed?: boolean;
  errorType?: string;
  errorMessage?: string;
  expected?: number;
  current?: number;
}

export interface BatchSummary {
  total: number;
  applied: number;
  failed: number;
}

export interface BulkRowResult {
  index: number;
  op: string | null;
  productId: string | null;
  applied: boolean;
  changed?: boolean;
  version?: number;
  replayed?: boolean;
  /** What the single route answers. */
  result?: { [field: string]: unknown };
  status?: number;
  /** The problem's, or `skipped`. */
  code?: string;
  detail?: string;
  [fact: string]: unknown;
}

export interface BulkResult {
  results: BulkRowResult[];
  summary: BatchSummary & { changed: number; skipped: number };
}

export type ReservationState = "held" | "confirmed" | "released" | "expired";

export interface StockNumbers {
  onHand: number;
  reserved: number;
  available: number;
  version: number;
}

export interface ReservationListed {
  reservationId: string;
  productId: string;
  locationId: string;
  orderId: string | null;
  customerId: string | null;
  state: ReservationState;
  quantity: number;
  held: number;
  confirmed: number;
  released: number;
  returned: number;
  /** Null: it does not expire. */
  expiresAt: string | null;
  createdAt: string;
  metadata: Record<string, unknown> | null;
  version: number;
}

export interface Reservation extends ReservationListed {
  inventory: StockNumbers;
}

export interface OrderRelease {
  productId: string;
  orderId: string;
  releasedQuantity: number;
  reservations: Reservation[];
  inventory: StockNumbers;
  version: number;
}

export interface ResolvedRow {
  index: number;
  reservationId: string;
  applied: boolean;
  replayed?: boolean;
  reservation?: Reservation;
  status?: number;
  code?: string;
  detail?: string;
  [fact: string]: unknown;
}

export interface ReservationsResolved {
  results: ResolvedRow[];
  summary: BatchSummary;
}

export interface Order {
  orderId: string;
  state: "holding" | "held" | "confirming" | "confirmed" | "releasing" | "released" | "expired" | "failed";
  /** The earliest among what is still held. */
  expiresAt: string | null;
  reservations: Reservation[];
}

/** The newest numbers of one product, as `watch` gives them. */
export interface Level {
  type: "level";
  productId: string;
  version: number;
  onHand: number;
  reserved: number;
  available: number;
  availability: Availability;
  at: string;
}

/** A new market price of a product. */
export interface LiveQuote {
  type: "quote";
  productId: string;
  price: Money;
  source: string;
  at: string;
}
