/**
 * The heart: facts and a command in, a decision or a refusal out. No clock, no randomness, no I/O: `now`, ids and rows
 * come in through `Facts`, and what is decided is written by the object in one transaction.
 */
import type { Command, CommandOf, Verb } from "./command";
import type { EventDraft } from "./event";
import type { Level, Product, Reservation } from "./product";
import type { Refusal } from "./refusal";
import { decideAdjust } from "./commands/adjust";
import { decideCancel } from "./commands/cancel";
import { decideConfirm } from "./commands/confirm";
import { decideCount } from "./commands/count";
import { decideCreate } from "./commands/create";
import { decideDelete } from "./commands/delete";
import { decideEdit } from "./commands/edit";
import { decideExtend } from "./commands/extend";
import { decideRelease } from "./commands/release";
import { decideReleaseOrder } from "./commands/release-order";
import { decideRemoveLevel } from "./commands/remove-level";
import { decideReserve } from "./commands/reserve";
import { decideResize } from "./commands/resize";
import { decideReturn } from "./commands/return";
import { decideSetLevel } from "./commands/set-level";
import { decideTransfer } from "./commands/transfer";
import { decideUpsert } from "./commands/upsert";

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
  /** Living holds of an order, oldest first. */
  heldByOrder(orderId: string): Reservation[];
  /** Living holds, oldest first; of one location when it is named. */
  livingHolds(limit: number, locationId?: string): Reservation[];
  /** Units the customer holds or has bought and not returned. */
  customerUnits(customerId: string): number;
}

/** Facts about a product that exists. */
export type LiveFacts = Facts & { readonly product: Product };

/** What the client is told, rendered once the versions are known. */
export type Answer =
  | { view: "stock" }
  | { view: "product" }
  | { view: "reservation"; reservation: Reservation }
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

export function isRefused(outcome: Outcome): outcome is { refusal: Refusal } {
  return "refusal" in outcome;
}

type Verbs = { [V in Verb]: (facts: LiveFacts, command: CommandOf<V>) => Outcome };

const verbs: Omit<Verbs, "create" | "upsert"> = {
  edit: decideEdit,
  delete: decideDelete,
  count: decideCount,
  adjust: decideAdjust,
  transfer: decideTransfer,
  "set-level": decideSetLevel,
  "remove-level": decideRemoveLevel,
  reserve: decideReserve,
  "release-order": decideReleaseOrder,
  resize: decideResize,
  confirm: decideConfirm,
  release: decideRelease,
  extend: decideExtend,
  cancel: decideCancel,
  return: decideReturn,
};

export function decide(facts: Facts, command: Command): Outcome {
  if (command.verb === "create") return decideCreate(facts, command);
  if (command.verb === "upsert") return decideUpsert(facts, command);
  if (!isLive(facts)) return { refusal: { code: "product_not_found", productId: facts.productId } };
  const verb = verbs[command.verb] as (facts: LiveFacts, command: Command) => Outcome;
  return verb(facts, command);
}

export function isLive(facts: Facts): facts is LiveFacts {
  return facts.product !== undefined && !facts.product.deleted;
}
