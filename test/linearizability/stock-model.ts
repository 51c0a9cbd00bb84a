/** One product's stock as its callers see it, one call after the other: what every concurrent history is held against. */
import type { Call, Model } from "./checker.ts";

export type StockOp =
  | { kind: "reserve"; quantity: number }
  | { kind: "confirm" | "release"; hold: string }
  | { kind: "receive"; quantity: number }
  | { kind: "read" };

export type StockAnswer =
  | { kind: "held"; hold: string }
  /** So many were available. */
  | { kind: "short"; available: number }
  | { kind: "ended"; state: Ended }
  /** It had ended before, in this way. */
  | { kind: "refused"; state: Ended }
  | { kind: "stock"; onHand: number; reserved: number };

export type Ended = "confirmed" | "released";
export type StockCall = Call<StockOp, StockAnswer>;

export interface StockState {
  onHand: number;
  reserved: number;
  /** Holds whose name a caller knows: those that are open, and those that several calls may have ended. */
  holds: ReadonlyMap<string, { quantity: number; state: "held" | Ended }>;
}

const ENDED = { confirm: "confirmed", release: "released" } as const;

/** No hold expires, and no answer is a failure of the service: those are calls without an answer. */
export function stockModel(
  initial: number,
  history: readonly StockCall[],
): Model<StockState, StockOp, StockAnswer> {
  const callsByHold = new Map<string, number>();
  for (const { op } of history)
    if ("hold" in op) callsByHold.set(op.hold, (callsByHold.get(op.hold) ?? 0) + 1);
  const isAskedOnce = (hold: string) => callsByHold.get(hold) === 1;
  return {
    initial: { onHand: initial, reserved: 0, holds: new Map() },
    keyOf: ({ onHand, reserved, holds }) => {
      const named = [...holds].map(([hold, { state }]) => `${hold}${state[0]}`);
      return `${onHand} ${reserved} ${named.toSorted().join()}`;
    },
    step(state, op, answer) {
      switch (op.kind) {
        case "reserve":
          return reserve(state, op.quantity, answer);
        case "receive": {
          const after = { ...state, onHand: state.onHand + op.quantity };
          return isStock(after, answer) ? after : undefined;
        }
        case "read":
          return isStock(state, answer) ? state : undefined;
        default:
          return end(state, op, { answer, isAskedOnce });
      }
    },
  };
}

function reserve(
  state: StockState,
  quantity: number,
  answer: StockAnswer | undefined,
): StockState | undefined {
  const available = state.onHand - state.reserved;
  if (available < quantity)
    return answer === undefined || (answer.kind === "short" && answer.available === available)
      ? state
      : undefined;
  const reserved = state.reserved + quantity;
  // Its name is known to nobody: it stays held.
  if (answer === undefined) return { ...state, reserved };
  if (answer.kind !== "held") return undefined;
  const holds = new Map(state.holds).set(answer.hold, { quantity, state: "held" });
  return { ...state, reserved, holds };
}

function end(
  state: StockState,
  { kind, hold }: Extract<StockOp, { hold: string }>,
  { answer, isAskedOnce }: { answer: StockAnswer | undefined; isAskedOnce: (hold: string) => boolean },
): StockState | undefined {
  const known = state.holds.get(hold);
  // Who asks has seen the answer that named it.
  if (!known) return undefined;
  const { quantity } = known;
  if (known.state !== "held")
    return answer === undefined || (answer.kind === "refused" && answer.state === known.state)
      ? state
      : undefined;
  const ended = ENDED[kind];
  if (answer !== undefined && !(answer.kind === "ended" && answer.state === ended)) return undefined;
  const holds = new Map(state.holds);
  if (isAskedOnce(hold)) holds.delete(hold);
  else holds.set(hold, { quantity, state: ended });
  const onHand = state.onHand - (ended === "confirmed" ? quantity : 0);
  return { onHand, reserved: state.reserved - quantity, holds };
}

function isStock({ onHand, reserved }: StockState, answer: StockAnswer | undefined): boolean {
  if (answer === undefined) return true;
  return answer.kind === "stock" && answer.onHand === onHand && answer.reserved === reserved;
}
