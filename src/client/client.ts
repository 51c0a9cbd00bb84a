/**
 * Holdfast's client, for browsers, Workers, Node from 20 on, Deno and Bun. Errors are thrown: a hold that was refused must not
 * pass as a hold. A change is made once, however often it had to be sent.
 */
import { followEvents, type FollowOptions } from "./follow.ts";
import type { LiveState } from "./live.ts";
import { LiveStates } from "./live-states.ts";
import { operationOf, type Admin, type Keys, type Locations } from "./operation.ts";
import type { Reports, Sources, Views, Webhooks } from "./operation.ts";
import { productsOf, type Products } from "./products.ts";
import { createSender, type CallOptions, type SenderOptions } from "./request.ts";
import { ordersOf, reservationsOf, reserveOf, type Orders, type Reservations } from "./reservations.ts";
import { stockOf, type StockRoutes } from "./stock.ts";
import { LevelWatch, type Watch, type WatchOptions } from "./watch.ts";
import type { Reservation } from "./wire.ts";
import type { BookEvent, EventPage, EventType } from "./wire-events.ts";
import type { Health } from "./wire-operation.ts";
import type { EventQuery, ReserveBody } from "./wire-requests.ts";

export type { FollowOptions } from "./follow.ts";
export type { LiveState } from "./live.ts";
export type * from "./operation.ts";
export type { Page, Paged } from "./paging.ts";
export { ConnectionError, HoldfastError, isProblem, ProblemError } from "./problem.ts";
export type { FieldError, Problem, ProblemCode, ProblemFacts, Shortage } from "./problem.ts";
export type { ProductPage, Products } from "./products.ts";
export { metaOf } from "./request.ts";
export type { CallOptions, Meta } from "./request.ts";
export type { Orders, Reservations } from "./reservations.ts";
export type { StockRoutes } from "./stock.ts";
export type { Watch, WatchOptions } from "./watch.ts";
export type * from "./wire.ts";
export type * from "./wire-events.ts";
export type * from "./wire-operation.ts";
export type * from "./wire-requests.ts";

export interface HoldfastOptions extends SenderOptions {
  /**
   * How `watch` and `followEvents` connect. `auto` (unless said): by WebSocket where there is one and no `fetch` of your own,
   * by a stream where that fails.
   */
  transport?: "auto" | "socket" | "stream" | undefined;
  /** Of all that is live of this client: the worst of it, when it changes. */
  onState?: ((state: LiveState) => void) | undefined;
}

export interface Holdfast {
  products: Products;
  stock: StockRoutes;
  /** Holds units of a product. */
  reserve(productId: string, b: ReserveBody, o?: CallOptions): Promise<Reservation>;
  reservations: Reservations;
  orders: Orders;
  /** Levels as they change. The newest always comes, in-between ones may be left out, a version never falls. */
  watch(products: Iterable<string>, o?: WatchOptions): Watch;
  /**
   * The log: every event once, in order, from `offset` on (from now on unless said). Throws `offset_expired`, with
   * `oldestOffset`, where they are no longer kept.
   */
  followEvents<Type extends EventType = EventType>(
    offset?: number,
    o?: FollowOptions<Type>,
  ): AsyncGenerator<BookEvent<Type>, void, undefined>;
  /** A page of the log. */
  readEvents(q?: EventQuery, o?: CallOptions): Promise<EventPage>;
  locations: Locations;
  webhooks: Webhooks;
  keys: Keys;
  sources: Sources;
  admin: Admin;
  reports: Reports;
  views: Views;
  /** Whether the service is alive; `admin.health` says how each part is. */
  health(o?: CallOptions): Promise<Health>;
}

export function createHoldfast(options: HoldfastOptions): Holdfast {
  const sender = createSender(options);
  const { transport = "auto", onState = () => {} } = options;
  const hasSocket = typeof WebSocket === "function" && options.fetch === undefined;
  const live = {
    sender,
    socket: transport === "socket" || (transport === "auto" && hasSocket),
    stream: transport !== "socket",
    states: new LiveStates(onState),
  };
  return {
    products: productsOf(sender),
    stock: stockOf(sender),
    reserve: reserveOf(sender),
    reservations: reservationsOf(sender),
    orders: ordersOf(sender),
    watch: (products, o = {}) => new LevelWatch(live, products, o),
    followEvents: (offset, o) => followEvents(live, offset, o),
    readEvents: (query, o) => sender.json("GET /v1/inventory/events", { query }, o),
    ...operationOf(sender),
    health: (o) => sender.json("GET /health", {}, o),
  };
}
