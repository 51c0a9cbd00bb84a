/**
 * A simulated service with many clients at once, for the checker's own tests: each call takes effect at one moment between its call and its
 * answer. With a fault, one call of the history is answered, or has its effect, as no correct service could.
 */
import type { StockAnswer, StockCall, StockOp } from "./stock-model.ts";

export type Fault =
  | "oversell"
  | "stale read"
  | "lost write"
  | "second effect"
  | "wrong shortage"
  | "ended twice";

interface Plan {
  seed: number;
  clients: number;
  calls: number;
  initial: number;
  fault?: Fault;
}

interface Running extends StockCall {
  isFaulty?: true;
  effectAt: number;
  isLost: boolean;
}

const ALL_EVER = 1000;
const LOST_SHARE = 0.05;
/** Before it, there is too little to be wrong about. */
const FAULT_AFTER = 20;

/** The calls; the one that is wrong says so. Every history ends with a read, when all is over. */
export function simulate({ seed, clients, calls, initial, fault }: Plan): Running[] {
  const random = randomOf(seed);
  const shop = new Shop(initial, fault);
  const history: Running[] = [];
  const freeAt = Array.from({ length: clients }, () => random() * 5);
  // In the order of their effects, so that each client knows what it was answered.
  const queue: Running[] = [];
  const answered: string[] = [];
  let now = 0;
  while (history.length < calls) {
    const client = freeAt.indexOf(Math.min(...freeAt));
    now = freeAt[client] ?? 0;
    for (const due of queue.filter(({ effectAt }) => effectAt <= now).toSorted(byEffect)) {
      shop.apply(due, history.length);
      queue.splice(queue.indexOf(due), 1);
      if (due.answer?.kind === "held" && due.answeredAt <= now) answered.push(due.answer.hold);
      else if (due.answer?.kind === "held") shop.later.push(due);
    }
    for (const known of shop.later.filter(({ answeredAt }) => answeredAt <= now)) {
      shop.later.splice(shop.later.indexOf(known), 1);
      if (known.answer?.kind === "held") answered.push(known.answer.hold);
    }
    const effectAt = now + 0.01 + random() * 4;
    const answeredAt = effectAt + 0.01 + random() * 4;
    const running: Running = {
      op: opOf(random, answered),
      calledAt: now,
      effectAt,
      answeredAt,
      answer: undefined,
      // What is lost could explain a fault.
      isLost: fault === undefined && random() < LOST_SHARE,
    };
    queue.push(running);
    history.push(running);
    freeAt[client] = answeredAt + random();
  }
  const end = Math.max(...freeAt) + 10;
  for (const due of queue.toSorted(byEffect)) shop.apply(due, history.length);
  const last: Running = {
    op: { kind: "read" },
    calledAt: end,
    effectAt: end + 1,
    answeredAt: end + 2,
    answer: undefined,
    isLost: false,
  };
  shop.apply(last, Infinity);
  return [...history, last];
}

function byEffect(a: Running, b: Running): number {
  return a.effectAt - b.effectAt;
}

function opOf(random: () => number, holds: string[]): StockOp {
  const dice = random();
  const hold = holds[Math.floor(random() * holds.length)];
  if (dice < 0.2 || (hold === undefined && dice < 0.6))
    return { kind: "reserve", quantity: 1 + Math.floor(random() * 3) };
  if (dice < 0.6 && hold !== undefined) {
    // Now and then somebody asks again.
    if (random() < 0.9) holds.splice(holds.indexOf(hold), 1);
    return { kind: random() < 0.5 ? "confirm" : "release", hold };
  }
  if (dice < 0.75) return { kind: "reserve", quantity: 1 };
  return dice < 0.85 ? { kind: "receive", quantity: 1 } : { kind: "read" };
}

class Shop {
  later: Running[] = [];
  onHand: number;
  readonly #fault: Fault | undefined;
  #reserved = 0;
  #made = 0;
  #isPlanted = false;
  readonly #holds = new Map<string, { quantity: number; state: "held" | "confirmed" | "released" }>();
  /** The numbers before they last changed. */
  #before: { onHand: number; reserved: number };

  constructor(onHand: number, fault: Fault | undefined) {
    this.onHand = onHand;
    this.#fault = fault;
    this.#before = { onHand, reserved: 0 };
  }

  apply(call: Running, nth: number): void {
    const mayFail = !this.#isPlanted && nth > FAULT_AFTER && !call.isLost;
    const now = { onHand: this.onHand, reserved: this.#reserved };
    const answer = this.#answer(call, mayFail ? nth : 0);
    if (this.onHand !== now.onHand || this.#reserved !== now.reserved) this.#before = now;
    if (call.isLost) call.answeredAt = Infinity;
    else call.answer = answer;
  }

  #plant(call: Running): void {
    this.#isPlanted = true;
    call.isFaulty = true;
  }

  /** `nth`: 0 where it must be right. */
  #answer(call: Running, nth: number): StockAnswer {
    const { op } = call;
    const isFault = (fault: Fault) => nth > 0 && this.#fault === fault;
    switch (op.kind) {
      case "reserve": {
        const available = this.onHand - this.#reserved;
        if (available < op.quantity) {
          if (isFault("oversell")) {
            this.#plant(call);
            // More than in any order.
            op.quantity += ALL_EVER;
          } else if (isFault("wrong shortage")) {
            this.#plant(call);
            return { kind: "short", available: op.quantity };
          } else return { kind: "short", available };
        }
        const hold = `h${(this.#made += 1)}`;
        this.#reserved += op.quantity;
        if (isFault("second effect") && !call.isFaulty && available >= 2 * op.quantity) {
          this.#plant(call);
          this.#reserved += op.quantity;
        }
        this.#holds.set(hold, { quantity: op.quantity, state: "held" });
        return { kind: "held", hold };
      }
      case "receive": {
        const after = { onHand: this.onHand + op.quantity, reserved: this.#reserved };
        if (isFault("lost write")) this.#plant(call);
        else this.onHand = after.onHand;
        return { kind: "stock", ...after };
      }
      case "read": {
        const now = { onHand: this.onHand, reserved: this.#reserved };
        if (isFault("stale read") && nth === Infinity) {
          this.#plant(call);
          return { kind: "stock", ...this.#before };
        }
        return { kind: "stock", ...now };
      }
      default:
        return this.#end(call, op, isFault("ended twice"));
    }
  }

  #end(call: Running, op: StockOp & { hold: string }, isFault: boolean): StockAnswer {
    const state = op.kind === "confirm" ? "confirmed" : "released";
    const hold = this.#holds.get(op.hold);
    if (!hold) throw new Error(`nobody knows ${op.hold}`);
    if (hold.state !== "held") {
      if (!isFault) return { kind: "refused", state: hold.state };
      this.#plant(call);
    }
    hold.state = state;
    this.#reserved -= hold.quantity;
    if (state === "confirmed") this.onHand -= hold.quantity;
    return { kind: "ended", state };
  }
}

/** The same numbers for the same seed: mulberry32. */
function randomOf(seed: number): () => number {
  let a = seed * 0x9e3779b9;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
