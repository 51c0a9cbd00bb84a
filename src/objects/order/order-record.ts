/** What an order's object keeps: what was asked, how far its coordinator has come, and what it holds. */
import type { Caller, HoldInput, OrderLine } from "../../domain/command";
import type { OrderState, ReservationView } from "../../domain/order";
import type { Refusal } from "../../domain/refusal";

/**
 * What the coordinator is at. `settled` and `failed` are the ends; in every other step it goes on by itself, after a crash
 * too. `confirming` is the decision to sell: only a step that cannot be refused comes after it.
 */
export type Step =
  | "holding"
  | "failing"
  | "failed"
  | "settled"
  | "selling"
  | "pinning"
  | "unpinning"
  | "confirming"
  | "releasing";

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
  /** As the product's object last told it. */
  view?: ReservationView;
}

export interface OrderRecord {
  orderId: string;
  createdAtMs: number;
  step: Step;
  /** Rises with every step: the commands of a step carry it in their keys, so that a step taken twice has one effect. */
  seq: number;
  asked: Asked;
  /** undefined: the holds were made one by one, and nothing is ever held anew. */
  request?: OrderRequest;
  /** Why holds are given back, when they are. */
  reason: string;
  holds: OrderHold[];
  /** Why what was asked last did not come about; none: it did. */
  refusals: Refusal[];
}

/** A record whose coordinator has something to do. */
export type UnderWay = OrderRecord & { step: Exclude<Step, "settled" | "failed"> };

export function isUnderWay(record: OrderRecord): record is UnderWay {
  return record.step !== "settled" && record.step !== "failed";
}

/** What clients call the step; undefined: the reservations speak for themselves. */
export const STATE_BY_STEP: Record<Step, OrderState | undefined> = {
  holding: "holding",
  failing: "failed",
  failed: "failed",
  settled: undefined,
  selling: "confirming",
  pinning: "confirming",
  unpinning: "confirming",
  confirming: "confirming",
  releasing: "releasing",
};

/** What its product no longer holds is not held, whatever was last seen. */
export function endedView(view: ReservationView, state: "released" | "expired"): ReservationView {
  return view.state === "held" ? { ...view, state, held: 0 } : view;
}

export function viewsOf(record: OrderRecord): ReservationView[] {
  return record.holds.flatMap(({ view }) => view ?? []);
}
