/** What a verb gets to know and what it may say: facts in, a decision or a refusal out. */
import type { Caller } from "./command";
import type { EventDraft } from "./events/event";
import type { Level } from "./level";
import type { Product } from "./product";
import type { Reservation } from "./reservation";
import type { Refusal } from "./refusal";

/** What a verb may know of the product. Holds past `now` are already expired in everything it reads here. */
export interface Facts {
  readonly productId: string;
  readonly now: number;
  readonly product: Product | undefined;
  /** By location id, ascending. */
  readonly levels: readonly Level[];
  level(locationId: string): Level | undefined;
  /** An id nobody has used. */
  newUlid(): string;
  reservation(ulid: string): Reservation | undefined;
  /** Active holds of an order, oldest first. */
  heldByOrder(orderId: string): Reservation[];
  /** Active holds, oldest first; of one location when it is named. */
  activeHolds(limit: number, locationId?: string): Reservation[];
  /** Units at a location that orders being confirmed have been promised. */
  preparedUnits(locationId: string): number;
  /** Units the customer holds or has bought and not returned. */
  customerUnits(customerId: string): number;
}

/** Facts about a product that exists. */
export type LiveFacts = Facts & { readonly product: Product };

/** What a verb about one hold gets to know. */
export interface HoldFacts {
  readonly facts: LiveFacts;
  readonly hold: Reservation;
  readonly by: Caller;
}

/** What the client gets, rendered once the versions are known. */
export type Answer =
  | { view: "stock" }
  | { view: "product" }
  | { view: "reservation"; reservation: Reservation }
  | { view: "reservations"; reservations: Reservation[] }
  | { view: "order-release"; orderId: string; quantity: number; reservations: Reservation[] }
  | { view: "upsert"; result: "created" | "updated" | "unchanged" }
  | { view: "deleted" };

export interface Decision {
  /** In order; none: nothing changes and the version stays. */
  events: EventDraft[];
  answer: Answer;
  /** Rows as they are afterwards. */
  product?: Product;
  levels?: Level[];
  removedLevels?: string[];
  reservations?: Reservation[];
}

export type Outcome = Decision | { refusal: Refusal };

/** The hold is as it was asked to be. */
export function holdUnchanged(reservation: Reservation): Decision {
  return { events: [], answer: { view: "reservation", reservation } };
}

/** One hold is different, and so is `level`, if it is named. */
export function holdChanged(reservation: Reservation, event: EventDraft, level?: Level): Decision {
  const changed = { events: [event], reservations: [reservation], ...(level && { levels: [level] }) };
  return { ...changed, answer: { view: "reservation", reservation } };
}

export function isRefused(outcome: Outcome): outcome is { refusal: Refusal } {
  return "refusal" in outcome;
}

export function isLive(facts: Facts): facts is LiveFacts {
  return facts.product !== undefined && !facts.product.deleted;
}
