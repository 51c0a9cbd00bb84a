/** What an order's object keeps: what was asked, how far its coordinator has come, and what it holds. */
import type { Caller, HoldInput, OrderLine } from "../../domain/command";
import type { OrderState, ReservationView } from "../../domain/order";
import type { Refusal } from "../../domain/refusal";

/**
 * By step, which is what the coordinator is at, what clients call it; undefined: the reservations speak for themselves.
 * `settled` and `failed` are the ends; in every other step it goes on by itself, after a crash too. `confirming` is the
 * decision to sell: only a step that cannot be refused comes after it.
 */
export const STATE_BY_STEP = {
  holding: "holding",
  failing: "failed",
  failed: "failed",
  settled: undefined,
  selling: "confirming",
  pinning: "confirming",
  unpinning: "confirming",
  confirming: "confirming",
  releasing: "releasing",
} as const satisfies Record<string, OrderState | undefined>;

export type Step = keyof typeof STATE_BY_STEP;

export interface OrderRequest extends Pick<HoldInput, "customerId" | "ttlSeconds"> {
  /** Each product once. */
  products: { productId: string; lines: OrderLine[] }[];
  split: boolean;
}

/** Who asked for what is under way, and under which key the answer will be kept. */
export interface Asked extends Caller {
  key?: { id: string; fingerprint: string };
}

export interface OrderHold {
  productId: string;
  ulid: string;
  /** The actor that made it; null: not known. */
  owner: string | null;
  /** As the product's object last answered it. */
  view?: ReservationView;
}

export interface OrderRecord {
  orderId: string;
  createdAtMs: number;
  step: Step;
  /** Rises with every step: the commands of a step carry it in their keys, so that a step taken twice has one effect. */
  seq: number;
  asked: Asked;
  /** undefined: the holds were made one by one, and nothing is ever held again. */
  request?: OrderRequest;
  /** Who placed it; null: it was not placed whole, or before owners were kept. */
  owner: string | null;
  /** Single holds that are older belong to an order of this id that has ended. */
  sinceMs: number;
  /** Why holds are given back, when they are. */
  reason: string;
  holds: OrderHold[];
  /** Why what was asked last did not come about; none: it did. */
  refusals: Refusal[];
}

/** A record whose coordinator has something to do. */
export type UnderWay = OrderRecord & { step: Exclude<Step, "settled" | "failed"> };

type Lacking<T, Names extends keyof T> = Omit<T, Names> & Partial<Pick<T, Names>>;
/** A record as an earlier release may have written it. */
type StoredRecord = Lacking<Omit<OrderRecord, "holds">, "owner" | "sinceMs"> & {
  holds: Lacking<OrderHold, "owner">[];
};

export function recordOf(json: string): OrderRecord {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody but this object writes its own table
  const { holds, ...stored } = JSON.parse(json) as StoredRecord;
  // Where it is not said which holds are older than the order, none was taken into it.
  return {
    owner: null,
    sinceMs: stored.request ? stored.createdAtMs : 0,
    ...stored,
    holds: holds.map((hold) => ({ owner: null, ...hold })),
  };
}

export function isUnderWay(record: OrderRecord): record is UnderWay {
  return record.step !== "settled" && record.step !== "failed";
}

/** Somebody else's order or hold does not exist for a caller that knows only its own. */
export function isKnown({ owner }: { owner: string | null }, { actor, ownOnly }: Caller): boolean {
  return !ownOnly || owner === actor;
}

/** The holds that what was asked is about. */
export function heldFor({ holds, asked }: OrderRecord): OrderHold[] {
  return holds.filter((hold) => isKnown(hold, asked));
}

/** All holds of the record, these as they are now. */
export function withHolds({ holds }: OrderRecord, changed: readonly OrderHold[]): OrderHold[] {
  const changedByUlid = new Map(changed.map((hold) => [hold.ulid, hold]));
  return holds.map((hold) => changedByUlid.get(hold.ulid) ?? hold);
}

/** What its product no longer holds is not held, whatever was last seen. */
export function endedView(view: ReservationView, state: "released" | "expired"): ReservationView {
  return view.state === "held" ? { ...view, state, held: 0 } : view;
}

/** A record that nothing was done with yet; `known` is the one whose place it takes. */
export function newRecord(
  orderId: string,
  known: OrderRecord | undefined,
  now: number,
): Omit<OrderRecord, "step" | "asked"> {
  return {
    orderId,
    createdAtMs: now,
    seq: (known?.seq ?? 0) + 1,
    owner: null,
    sinceMs: known?.sinceMs ?? 0,
    reason: "order not held whole",
    holds: [],
    refusals: [],
  };
}

/** Whether a caller is to know of what is under way, or of how the order failed. */
export function concerns(record: OrderRecord, caller: Caller): boolean {
  const about = heldFor(record);
  return about.length > 0 ? about.some((hold) => isKnown(hold, caller)) : isKnown(record, caller);
}
