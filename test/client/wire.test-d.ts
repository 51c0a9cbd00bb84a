/**
 * The types that are written by hand for whoever uses the client are those that the service answers by: `npm run typecheck`
 * holds both directions. Nothing here runs.
 */
import type { z } from "zod";
import type * as client from "../../src/client/client";
import type { EventData, EventType } from "../../src/domain/events/event";
import type { Money as DomainMoney, moneySchema } from "../../src/domain/money";
import type { Refusal } from "../../src/domain/refusal";
import type * as adminProducts from "../../src/http/admin/products";
import type * as rateLimit from "../../src/http/admin/rate-limit";
import type * as search from "../../src/http/admin/search";
import type * as sources from "../../src/http/admin/sources";
import type * as verification from "../../src/http/admin/verification";
import type * as events from "../../src/http/events/schemas";
import type * as health from "../../src/http/health/report";
import type * as bulk from "../../src/http/inventory/bulk";
import type * as holds from "../../src/http/inventory/holds";
import type * as movements from "../../src/http/inventory/movements";
import type * as stock from "../../src/http/inventory/schemas";
import type * as updates from "../../src/http/inventory/updates";
import type * as keys from "../../src/http/keys/schemas";
import type * as live from "../../src/http/live/routes";
import type * as tickets from "../../src/http/live/tickets";
import type * as locations from "../../src/http/locations/routes";
import type * as orders from "../../src/http/orders/schemas";
import type { FieldError, PROBLEMS } from "../../src/http/problem";
import type * as imports from "../../src/http/products/import";
import type * as products from "../../src/http/products/schemas";
import type * as quotes from "../../src/http/quotes/schemas";
import type * as reports from "../../src/http/reports/schemas";
import type { Scope } from "../../src/http/request/credential";
import type * as many from "../../src/http/reservations/many";
import type * as reservations from "../../src/http/reservations/schemas";
import type * as assets from "../../src/http/views/asset-view";
import type * as sets from "../../src/http/views/set-view";
import type * as webhooks from "../../src/http/webhooks/schemas";

/** As JSON has it: what is undefined is not there. Also one form for interfaces, intersections and what zod infers. */
type Json<T> = T extends readonly (infer Item)[]
  ? Json<Item>[]
  : T extends object
    ? { [Name in keyof T]: Json<Exclude<T[Name], undefined>> }
    : T;
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the compiler compares two such functions strictly
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Answer<Written, Schema extends z.ZodType> = Same<Json<Written>, Json<z.output<Schema>>>;

/** Does not compile where one of them is not `true`. */
export type Held<_ extends Record<string, true>> = never;

export type Catalog = Held<{
  money: Answer<client.Money, typeof moneySchema>;
  ofDomain: Same<client.Money, DomainMoney>;
  quote: Answer<client.Quote, typeof products.quote>;
  product: Answer<client.Product, typeof products.product>;
  facets: Answer<client.Facets, typeof products.facetCounts>;
  prices: Answer<client.PricePoint[], (typeof quotes.pricePage)["shape"]["items"]>;
  quoteResult: Answer<client.QuoteResult, typeof quotes.quoteResult>;
  quotesAnswer: Answer<client.QuotesAnswer, typeof quotes.quotesAnswer>;
  importResult: Answer<client.ImportResult, typeof imports.rowResult>;
  importSummary: Answer<client.ImportSummary, typeof imports.summary>;
}>;

export type StockAnswers = Held<{
  level: Answer<client.StockLevel, typeof stock.level>;
  stock: Answer<client.Stock, typeof stock.stock>;
  listed: Answer<client.StockListed, typeof stock.stockListed>;
  low: Answer<client.LowStock, typeof stock.lowStock>;
  check: Answer<client.Check, typeof holds.checkResult>;
  movement: Answer<client.Movement, typeof movements.movement>;
  update: Answer<client.UpdateResult, typeof updates.updateResult>;
  updates: Answer<
    { results: client.UpdateResult[]; summary: client.BatchSummary },
    typeof updates.batchResult
  >;
  bulkRow: Answer<client.BulkRowResult, typeof bulk.bulkResult>;
  bulk: Answer<client.BulkResult, typeof bulk.bulkAnswer>;
}>;

export type ReservationAnswers = Held<{
  numbers: Answer<client.StockNumbers, typeof reservations.inventory>;
  listed: Answer<client.ReservationListed, typeof reservations.reservationListed>;
  reservation: Answer<client.Reservation, typeof reservations.reservation>;
  released: Answer<client.OrderRelease, typeof holds.orderRelease>;
  many: Answer<client.ReservationsResolved, typeof many.manyResolved>;
  order: Answer<client.Order, typeof orders.order>;
}>;

type Envelope<Event> = Omit<Event, "type" | "data">;

export type LiveMessages = Held<{
  level: Answer<client.Level, typeof live.level>;
  quote: Answer<client.LiveQuote, typeof live.quote>;
  eventTypes: Same<client.EventType, EventType>;
  /** The wire's schema says every type and every data; which belongs to which is the domain's to say. */
  eventData: Same<{ [T in EventType]: Json<client.EventData[T]> }, { [T in EventType]: Json<EventData<T>> }>;
  event: Same<Json<Envelope<client.BookEvent>>, Json<Envelope<z.output<typeof events.event>>>>;
  page: Same<Omit<client.EventPage, "events">, Omit<z.output<typeof events.eventPage>, "events">>;
}>;

export type OperationAnswers = Held<{
  location: Answer<client.Location, typeof locations.location>;
  webhook: Answer<client.Webhook, typeof webhooks.webhook>;
  webhookWithSecret: Answer<client.WebhookWithSecret, typeof webhooks.webhookWithSecret>;
  webhookTest: Answer<client.WebhookTest, typeof webhooks.testAnswer>;
  delivery: Answer<client.WebhookDelivery, typeof webhooks.delivery>;
  scope: Same<client.Scope, Scope>;
  self: Answer<client.KeySelf, typeof keys.self>;
  key: Answer<client.ManagedKey, typeof keys.managedKey>;
  keyWithSecret: Answer<client.ManagedKeyWithSecret, typeof keys.keyWithSecret>;
  ticket: Answer<client.LiveTicket, typeof tickets.liveTicket>;
  source: Answer<client.Source, typeof sources.status>;
  sourceImport: Answer<client.SourceImport, typeof sources.imported>;
  batchRow: Answer<client.ProductBatchResult, typeof adminProducts.rowResult>;
  verification: Answer<client.Verification, typeof verification.verification>;
  verificationPage: Answer<client.VerificationPage, typeof verification.verificationPage>;
  reprojection: Answer<client.Reprojection, typeof verification.reprojection>;
  rateLimit: Answer<client.RateLimitStatus, typeof rateLimit.status>;
  rebuild: Answer<client.SearchRebuild, typeof search.rebuild>;
  health: Answer<client.HealthReport, typeof health.healthReport>;
  set: Answer<client.SetView, typeof sets.setView>;
  asset: Answer<client.AssetView, typeof assets.assetView>;
}>;

type More<Shape extends z.ZodRawShape> = z.ZodObject<Shape & { nextCursor: z.ZodNullable<z.ZodString> }>;

export type ReportAnswers = Held<{
  product: Answer<client.ProductReport, typeof reports.productReport>;
  ranking: Answer<Omit<client.ProductReportPage, "items">, More<typeof reports.rankingMore>>;
  point: Answer<client.ReportPoint, typeof reports.reportPoint>;
  series: Answer<Omit<client.ReportPointPage, "items">, More<typeof reports.seriesMore>>;
  searches: Answer<client.SearchReport, typeof reports.searchReport>;
}>;

/** What a refusal of the domain says stands in its problem; a version conflict does not say where it was expected. */
type Facts<Code> = Code extends "version_conflict"
  ? Omit<Extract<Refusal, { code: Code }>, "code" | "via">
  : Omit<Extract<Refusal, { code: Code }>, "code">;
/** `exceeds_held` is two refusals: what is there of them is optional. */
type Told = Exclude<client.ProblemCode & Refusal["code"], "exceeds_held">;

export type Problems = Held<{
  codes: Same<client.ProblemCode, keyof typeof PROBLEMS>;
  fieldError: Same<Json<client.FieldError>, Json<FieldError>>;
  facts: Same<{ [C in Told]: Json<client.ProblemFacts[C]> }, { [C in Told]: Json<Facts<C>> }>;
}>;
