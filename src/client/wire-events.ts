/** Events of the book: what all of them say, and the data of each type. */
import type { MovementType, Product, ReservationListed, StockLevel } from "./wire.ts";

interface Step {
  before: number;
  after: number;
}

interface EventMovement extends Step {
  type: MovementType;
  locationId?: string;
  delta: number;
}

type CatalogFields = Omit<
  Product,
  "productId" | "quote" | "availability" | "version" | "createdAt" | "updatedAt"
>;

interface Moved extends EventMovement {
  locationId: string;
  reason: string | null;
  forced?: boolean;
  oversold?: boolean;
}

interface Crossed {
  available: number;
  minimumStockLevel: number;
}

/** The whole reservation as it is after the event. */
interface ReservationData extends Omit<ReservationListed, "productId" | "version"> {
  owner: string | null;
  /** It was more than may be kept. */
  metadataRemoved?: true;
}

export interface EventData {
  "product.created": CatalogFields & { locationIds: string[] };
  "product.updated":
    | { changes: Partial<CatalogFields>; restoredAfter?: number | undefined }
    | { locationId: string; removed: true }
    | { locationId: string; safetyStock: number; backorderLimit: number };
  "product.deleted": { reason: string | null; forced: boolean };
  "stock.adjusted": Moved & { reference: string | null };
  "stock.counted": Moved & { adjustedBy: string | null };
  "stock.transferred": {
    type: "transfer";
    fromLocationId: string;
    toLocationId: string;
    quantity: number;
    reason: string | null;
    from: Step;
    to: Step;
  };
  "stock.low": Crossed;
  "stock.recovered": Crossed;
  "stock.depleted": Crossed;
  "stock.available": Crossed;
  "stock.overstocked": { onHand: number; maximumStockLevel: number | null };
  "reservation.held": ReservationData & { takenOver?: number };
  "reservation.resized": ReservationData & { before: number };
  "reservation.extended": ReservationData & { before: string | null; pinned?: boolean; reason?: string };
  "reservation.confirmed": ReservationData & {
    confirmedQuantity: number;
    releasedQuantity?: number;
    reacquired: boolean;
    movement: EventMovement;
  };
  "reservation.released": ReservationData & {
    releasedQuantity: number;
    reason: string | null;
    supersededBy?: string;
  };
  "reservation.expired": ReservationData & { expiredQuantity: number };
  "reservation.returned": ReservationData & {
    returnedQuantity: number;
    restock: boolean;
    reason: string;
    movement?: EventMovement;
  };
  "webhook.disabled": {
    webhookId: string;
    host: string;
    reason: "repeated_failure" | "gone" | "requested" | null;
    failures: number;
    nextOffset: number;
  };
}

export type EventType = keyof EventData;

/** `event.type` says which `event.data` it has. */
export type BookEvent<Type extends EventType = EventType> = Extract<AnyEvent, { type: Type }>;

type AnyEvent = {
  [T in EventType]: {
    /** Its place in the log of all products; they are dense. */
    offset: number;
    /** `<productId>:<version>` */
    id: string;
    productId: string;
    version: number;
    at: string;
    actor: string;
    /** The level after it, where it is about one. */
    level: StockLevel | null;
    type: T;
    data: EventData[T];
  };
}[EventType];

export interface EventPage {
  events: BookEvent[];
  nextOffset: number;
  hasMore: boolean;
  count: number;
}
