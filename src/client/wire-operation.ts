/** What the service says of locations, webhooks, keys, sources, reports, itself, and its two views for others' clients. */
import type { Availability } from "./wire.ts";
import type { EventType } from "./wire-events.ts";

export interface Location {
  locationId: string;
  name: string;
  /** Lower comes first. */
  priority: number;
  country: string | null;
  latitude: number | null;
  longitude: number | null;
}

export interface Webhook {
  webhookId: string;
  url: string;
  /** Null: every type. */
  types: EventType[] | null;
  /** Null: every product. */
  productIds: string[] | null;
  description: string | null;
  status: "active" | "disabled";
  disabledReason: "repeated_failure" | "gone" | "requested" | null;
  /** The first event that is still to come to it. */
  nextOffset: number;
  behind: number | null;
  missedEvents: { from: number; to: number } | null;
  consecutiveFailures: number;
  nextAttemptAt: string | null;
  lastDeliveredAt: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface WebhookWithSecret extends Webhook {
  /** Only where one has just been made. */
  secret?: string;
}

export interface WebhookTest {
  delivered: boolean;
  httpStatus: number | null;
  error: string | null;
  durationMs: number;
}

export interface WebhookDelivery {
  deliveryId: string;
  offset: number;
  eventId: string;
  eventType: string;
  attempt: number;
  outcome: "delivered" | "failed";
  httpStatus: number | null;
  error: string | null;
  durationMs: number;
  at: string;
}

export type Scope =
  | "catalog:read"
  | "stock:read"
  | "reservations:write"
  | "reservations:read"
  | "stock:write"
  | "events:read"
  | "admin";
export type KeyKind = "secret" | "publishable";

export interface KeySelf {
  keyId: string;
  name: string;
  scopes: Scope[];
  /** Null: from anywhere. */
  origins: string[] | null;
  expiresAt: string | null;
}

export interface ManagedKey extends KeySelf {
  kind: KeyKind;
  status: "active" | "expired" | "revoked";
  createdAt: string;
  revokedAt: string | null;
  rotatedAt: string | null;
  /** What the key was before works until then; null: it does not. */
  olderWorksUntil: string | null;
  olderLastUsedAt: string | null;
  lastUsedAt: string | null;
}

export interface ManagedKeyWithSecret extends ManagedKey {
  /** In this answer alone. */
  key: string;
}

/** For live routes, where a key cannot be sent; good for a minute. */
export interface LiveTicket {
  ticket: string;
  expiresAt: string;
}

export type SourceName = "coingecko" | "rebrickable";

export interface Source {
  name: SourceName;
  /** False: it needs a key, and there is none. */
  configured: boolean;
  state: "ok" | "degraded" | "down" | "idle";
  lastSuccessAt: string | null;
  lastError: { reason: string; at: string } | null;
  nextRunAt: string | null;
  progress: {
    startedAt: string;
    endedAt: string | null;
    total: number;
    products: number;
    quotes: number;
    changed: number;
    refused: number;
  } | null;
}

export interface SourceImport {
  results: {
    externalId: string;
    productId: string | null;
    result: "created" | "updated" | "unchanged" | "error";
    version?: number;
    error?: { code: string; detail: string };
  }[];
  summary: { requested: number; created: number; updated: number; unchanged: number; errors: number };
}

export interface ReportAmount {
  units: number;
  /** Events that added units. */
  count: number;
}

export interface ReportSums {
  sold: ReportAmount;
  held: ReportAmount;
  expired: ReportAmount;
  released: ReportAmount;
  returned: ReportAmount;
  added: ReportAmount;
}

export interface ProductReport extends ReportSums {
  productId: string;
  name: string | null;
  /** Units that nobody could hold for want of stock. */
  refused: ReportAmount;
  firstAt: string | null;
  lastAt: string | null;
}

export type ReportWindow = "24h" | "7d" | "30d" | "90d";

export interface ProductReportPage {
  items: ProductReport[];
  nextCursor: string | null;
  window: ReportWindow;
  from: string;
  to: string;
  /** 0: exact. Else counts of what was refused are too low, by this much at most. */
  refusedMaximumError: number;
}

export interface ReportPoint extends ReportSums {
  at: string;
}

export interface ReportPointPage {
  items: ReportPoint[];
  nextCursor: string | null;
  interval: "hour" | "day";
}

export interface SearchCounts {
  items: { words: string; count: number }[];
  maximumError: number;
}

export interface SearchReport {
  window: ReportWindow;
  from: string;
  to: string;
  searched: SearchCounts;
  unfound: SearchCounts;
}

/** What became of one product of a batch for administrators. */
export interface ProductBatchResult {
  index: number;
  productId: string | null;
  success: boolean;
  newVersion?: number;
  version?: number;
  lastUpdated?: string;
  replayed?: boolean;
  errorType?: string;
  errorMessage?: string;
  status?: number;
  code?: string;
  detail?: string;
  [fact: string]: unknown;
}

export interface ProductBatch<Noun extends "Creations" | "Updates" | "Deletions"> {
  results: ProductBatchResult[];
  summary: { totalRequests: number } & Record<`successful${Noun}` | `failed${Noun}`, number>;
}

/** What the object, its events replayed, and the book's rows say; null: that there is none. */
export interface Difference {
  what: string;
  locationId?: string;
  reservationId?: string;
  fromVersion?: number;
  toVersion?: number;
  object?: unknown;
  events?: unknown;
  book?: unknown;
}

export interface Verification {
  productId: string;
  version: number;
  bookVersion: number | null;
  /** How many were replayed. */
  events: number;
  complete: boolean;
  differences: Difference[];
  differenceCount: number;
}

export interface VerificationPage {
  items: Verification[];
  checked: number;
  differences: number;
  nextCursor: string | null;
}

export interface Reprojection {
  productId: string;
  version: number;
  eventsSent: number;
  reservations: number;
  differences: Difference[];
}

export interface BookRebuild {
  run: number;
  phase: "never" | "running" | "done";
  startedAt: string | null;
  finishedAt: string | null;
  found: number;
  rebuilt: number;
  failed: number;
  locations: number;
  /** In the order in which they are read. */
  lists: {
    list: string;
    state: "waiting" | "read" | "skipped";
    found: number;
    reason: string | null;
  }[];
  /** The first of them. */
  failures: { productId: string; reason: string }[];
}

export interface Restoration {
  productId: string;
  version: number;
  bookVersion: number;
  lastEventAt: string | null;
  holds: number;
  resolved: number;
  left: number;
  droppedVersion: number;
  /** What the book could not say. */
  unknown: string[];
  differences: Difference[];
}

export interface RateLimitStatus {
  enabled: boolean;
  type: "ip" | "global" | "both";
  requestsPerMinute: number;
  totalRequestsPerMinute: number | null;
  adminRequestsPerMinute: number;
  currentClients: {
    clientId: string;
    policy: "ip" | "global" | "admin";
    requestCount: number;
    windowStart: string;
    isBlocked: boolean;
  }[];
}

export interface SearchRebuild {
  build: number;
  phase: "never" | "indexing" | "removing" | "done";
  indexed: number;
  total: number | null;
  removed: number;
  startedAt: string | null;
  finishedAt: string | null;
}

/** Whether the service is alive. */
export interface Health {
  status: "healthy" | "degraded";
  /** Only while the book waits for its migrations. */
  book?: "not_migrated";
}

export interface HealthOfPart {
  status: "healthy" | "degraded" | "unhealthy";
  latencyMs: number;
  lastSuccessAt: string | null;
  detail?: string;
}

export interface HealthReport {
  status: "healthy" | "degraded" | "unhealthy";
  checkedAt: string;
  parts: Record<"book" | "search" | "catalogCache" | "objects", HealthOfPart> & {
    sources: Record<string, HealthOfPart>;
  };
}

/** As collectors' clients know it. */
export interface SetView {
  set_id: string;
  name: string;
  pieces: number | null;
  theme: string | null;
  year: number | null;
  availability: Availability;
  price: { msrp: number | null; current: number | null; currency: string | null };
}

/** As traders' clients know it. */
export interface AssetView {
  asset_id: string;
  symbol: string | null;
  name: string;
  current_price: number | null;
  market_cap: number | null;
  volume_24h: number | null;
  price_change_24h: number | null;
  status: "ACTIVE" | "INACTIVE" | "SUSPENDED";
  created_at: string;
  updated_at: string;
}
