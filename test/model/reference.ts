/**
 * What one product should do, written as plainly as possible and sharing nothing with the code under test: no versions
 * in rows, no sums kept, everything recomputed from the list of holds.
 */
import type { By, OperationOf } from "./operations";

export interface ModelHold {
  id: string;
  location: string;
  order: string | null;
  customer: string | null;
  state: "held" | "confirmed" | "released" | "expired";
  held: number;
  confirmed: number;
  returned: number;
  expiresAt: number | null;
  extensions: number;
  /** The expiry it has of its own while its order is being confirmed. */
  prepared: { expiresAt: number | null } | null;
  /** Units held when it expired. */
  lapsed: number;
  owner: By;
  /** Its units passed to another hold. */
  handedOver: boolean;
  /** When the first of its chain of hand-overs was made. */
  chainStartedAt: number;
}

const CHAIN_MS = 30 * 24 * 3_600_000;

/** To a shop, what others made does not exist. */
export function isForeign(hold: ModelHold | undefined, by: By): boolean {
  return hold !== undefined && by !== "staff" && hold.owner !== by;
}

function chainEnd({ chainStartedAt }: ModelHold, by: By): number {
  return by === "staff" ? Number.POSITIVE_INFINITY : chainStartedAt + CHAIN_MS;
}

interface ModelLevel {
  onHand: number;
  safetyStock: number;
  backorderLimit: number;
}

/** `undefined`: accepted; else the code of the refusal. */
export type Verdict = string | undefined;

export class Reference {
  levels = new Map<string, ModelLevel>();
  holds: ModelHold[] = [];
  maxPerCustomer: number | null = null;
  /** Places that are being deleted: nothing may arrive there. */
  readonly closed = new Set<string>();
  /** Units were put beyond what may be promised by somebody's word: a forced count, a lowered limit, a safety stock. */
  loosened = false;
  now: number;

  constructor(now: number, initial: number) {
    this.now = now;
    this.levels.set("main", { onHand: initial, safetyStock: 0, backorderLimit: 0 });
  }

  advance(seconds: number): void {
    this.now += seconds * 1000;
    for (const hold of this.holds) {
      if (hold.state !== "held" || hold.expiresAt === null || hold.expiresAt > this.now) continue;
      Object.assign(hold, { state: "expired", lapsed: hold.held, held: 0, prepared: null });
    }
  }

  pick(index: number | undefined): ModelHold | undefined {
    const { holds } = this;
    return index === undefined || holds.length === 0 ? undefined : holds[index % holds.length];
  }

  close(location: string, closed: boolean): void {
    if (closed) this.closed.add(location);
    else this.closed.delete(location);
  }

  /** Whoever chooses for himself chooses among what is open. */
  #choices(location: string | undefined): string[] {
    if (location !== undefined) return [location];
    return [...this.levels.keys()].filter((place) => !this.closed.has(place)).toSorted();
  }

  /** Bringing something to a closed place is refused, and so is naming one where there is nothing to take. */
  #closedTo(location: string, brings: boolean): boolean {
    return this.closed.has(location) && (brings || !this.levels.has(location));
  }

  reserved(location: string, except?: ModelHold): number {
    return this.holds
      .filter((hold) => hold !== except && hold.location === location)
      .reduce((sum, hold) => sum + hold.held, 0);
  }

  room(location: string, except?: ModelHold): number {
    const level = this.levels.get(location);
    if (!level) return Number.NEGATIVE_INFINITY;
    return level.onHand - this.reserved(location, except) - level.safetyStock + level.backorderLimit;
  }

  /** What is there and free, without what may be promised ahead. */
  shelf(location: string, except?: ModelHold): number {
    return this.room(location, except) - (this.levels.get(location)?.backorderLimit ?? 0);
  }

  reserve(op: OperationOf<"reserve">, old: ModelHold | undefined): { verdict: Verdict; location: string } {
    if (isForeign(old, op.by)) return { verdict: "reservation_not_found", location: "" };
    if (op.location !== undefined && !this.levels.has(op.location))
      return { verdict: "level_not_found", location: "" };
    if (old?.state === "confirmed") return { verdict: "reservation_already_confirmed", location: "" };
    if (old?.handedOver) return { verdict: "reservation_already_released", location: "" };
    if (old?.prepared) return { verdict: "overloaded", location: "" };
    const own = old?.state === "held" ? old : undefined;
    const limited = this.#customerVerdict(op, own);
    if (limited !== undefined) return { verdict: limited, location: "" };
    if (own && chainEnd(own, op.by) <= this.now) return { verdict: "extension_limit_reached", location: "" };
    const candidates = this.#choices(op.location);
    const location =
      candidates.find((candidate) => this.shelf(candidate, own) >= op.quantity) ??
      candidates.find((candidate) => this.room(candidate, own) >= op.quantity);
    return location === undefined
      ? { verdict: "insufficient_stock", location: "" }
      : { verdict: undefined, location };
  }

  /** After the real thing accepted it: the new hold, and the end of the old one. */
  hold(
    op: Pick<OperationOf<"reserve">, "by" | "quantity" | "order" | "customer" | "ttlSeconds">,
    made: { id: string; location: string },
    old?: ModelHold,
  ): void {
    const own = old?.state === "held" ? old : undefined;
    if (own) Object.assign(own, { state: "released", held: 0, handedOver: true });
    const chainStartedAt = own?.chainStartedAt ?? this.now;
    const hold: ModelHold = {
      id: made.id,
      location: made.location,
      order: op.order ?? null,
      customer: op.customer ?? null,
      state: "held",
      held: op.quantity,
      confirmed: 0,
      returned: 0,
      expiresAt: null,
      extensions: own?.extensions ?? 0,
      prepared: null,
      lapsed: 0,
      owner: op.by,
      handedOver: false,
      chainStartedAt,
    };
    if (op.ttlSeconds !== null) {
      hold.expiresAt = Math.min(this.now + op.ttlSeconds * 1000, chainEnd(hold, op.by));
    }
    this.holds.push(hold);
  }

  /** Where the lines of an order are held, or why none is. Lines that name a place come first. */
  lines(op: OperationOf<"lines">): { verdict: Verdict; parts: { location: string; quantity: number }[] } {
    const parts: { location: string; quantity: number }[] = [];
    const refused = (verdict: string) => ({ verdict, parts: [] });
    const wanted = op.lines.reduce((sum, line) => sum + line.quantity, 0);
    const limited = this.#customerVerdict({ ...op, quantity: wanted }, undefined);
    if (limited !== undefined) return refused(limited);
    const left = (location: string) =>
      this.room(location) -
      parts.reduce((sum, part) => sum + (part.location === location ? part.quantity : 0), 0);
    let short = false;
    for (const named of [true, false]) {
      for (const { location, quantity } of op.lines) {
        if ((location !== undefined) !== named) continue;
        if (location !== undefined && !this.levels.has(location)) return refused("level_not_found");
        const places = this.#choices(location);
        const ahead = (place: string) => this.levels.get(place)?.backorderLimit ?? 0;
        const whole =
          places.find((place) => left(place) - ahead(place) >= quantity) ??
          places.find((place) => left(place) >= quantity);
        const all = places.reduce((sum, place) => sum + Math.max(0, left(place)), 0);
        if (op.split ? all < quantity : whole === undefined) {
          short = true;
          continue;
        }
        let rest = quantity;
        const taken = new Map<string, number>();
        const take = (place: string, most: number) => {
          const units = Math.min(rest, Math.max(0, most));
          if (units > 0) taken.set(place, (taken.get(place) ?? 0) + units);
          rest -= units;
        };
        const spare = (place: string) => left(place) - (taken.get(place) ?? 0);
        if (op.split) for (const place of places) take(place, left(place) - ahead(place));
        const one = op.split ? places.find((place) => spare(place) >= rest) : whole;
        for (const place of one === undefined ? places : [one]) take(place, spare(place));
        for (const place of places) {
          const units = taken.get(place);
          if (units !== undefined) parts.push({ location: place, quantity: units });
        }
      }
    }
    return short ? refused("insufficient_stock") : { verdict: undefined, parts };
  }

  pin(hold: ModelHold, seconds: number): Verdict {
    if (hold.state !== "held") return ended(hold);
    if (hold.prepared) return undefined;
    if (!this.levels.has(hold.location)) return "level_not_found";
    if (this.#unpromised(hold.location) < hold.held) return "insufficient_stock";
    hold.prepared = { expiresAt: hold.expiresAt };
    if (hold.expiresAt !== null) hold.expiresAt = Math.max(hold.expiresAt, this.now + seconds * 1000);
    return undefined;
  }

  unpin(hold: ModelHold): Verdict {
    if (!hold.prepared) return undefined;
    const own = hold.prepared.expiresAt;
    Object.assign(hold, { expiresAt: own === null ? null : Math.max(own, this.now + 1), prepared: null });
    return undefined;
  }

  confirmPinned(hold: ModelHold): Verdict {
    if (hold.state !== "held" && hold.state !== "expired") return ended(hold);
    const level = this.levels.get(hold.location);
    if (!level) return "level_not_found";
    const quantity = hold.state === "expired" ? hold.lapsed : hold.held;
    level.onHand -= quantity;
    Object.assign(hold, { state: "confirmed", confirmed: quantity, held: 0, lapsed: 0, prepared: null });
    return undefined;
  }

  /** What is on hand beside what pinned holds were promised. */
  #unpromised(location: string): number {
    const promised = this.holds.filter((hold) => hold.prepared && hold.location === location);
    return (this.levels.get(location)?.onHand ?? 0) - promised.reduce((sum, hold) => sum + hold.held, 0);
  }

  confirm(hold: ModelHold, op: OperationOf<"confirm">): Verdict {
    const again = hold.state === "expired" && op.reacquire;
    if (hold.state !== "held" && !again) return ended(hold);
    if (hold.prepared) return "overloaded";
    const units = again ? hold.lapsed : hold.held;
    const quantity = op.quantity ?? units;
    if (quantity > units) return "exceeds_held";
    const level = this.levels.get(hold.location);
    if (!level) return "level_not_found";
    const limited = again ? this.#customerVerdict({ ...hold, by: op.by, quantity }, undefined) : undefined;
    if (limited !== undefined) return limited;
    if (this.#unpromised(hold.location) < quantity || (again && this.room(hold.location) < quantity))
      return "insufficient_stock";
    level.onHand -= quantity;
    Object.assign(hold, { state: "confirmed", confirmed: quantity, held: 0, lapsed: 0 });
    return undefined;
  }

  release(hold: ModelHold, quantity: number | undefined): Verdict {
    if (hold.state !== "held") return ended(hold);
    if (hold.prepared) return "overloaded";
    const units = quantity ?? hold.held;
    if (units > hold.held) return "exceeds_held";
    hold.held -= units;
    if (hold.held === 0) hold.state = "released";
    return undefined;
  }

  resize(hold: ModelHold, { by, quantity }: OperationOf<"resize">): Verdict {
    if (hold.state !== "held") return ended(hold);
    if (hold.prepared) return "overloaded";
    if (quantity > hold.held) {
      const limited = this.#customerVerdict({ ...hold, by, quantity }, hold);
      if (limited !== undefined) return limited;
      if (this.room(hold.location, hold) < quantity) return "insufficient_stock";
    }
    hold.held = quantity;
    return undefined;
  }

  extend(hold: ModelHold, { by, seconds }: OperationOf<"extend">): Verdict {
    if (hold.state !== "held") return ended(hold);
    if (hold.prepared) return "overloaded";
    const wanted = this.now + seconds * 1000;
    if (hold.expiresAt === null || wanted <= hold.expiresAt) return undefined;
    const expiresAt = Math.min(wanted, chainEnd(hold, by));
    if (hold.extensions === 10 || expiresAt <= hold.expiresAt) return "extension_limit_reached";
    hold.expiresAt = expiresAt;
    hold.extensions += 1;
    return undefined;
  }

  cancel(hold: ModelHold): Verdict {
    return hold.state === "released" ? undefined : this.release(hold, undefined);
  }

  giveBack(hold: ModelHold, op: OperationOf<"return">): Verdict {
    if (hold.state === "released" || hold.state === "expired") return ended(hold);
    if (op.quantity > hold.confirmed - hold.returned) return "exceeds_held";
    const to = op.location ?? (op.restock ? hold.location : undefined);
    if (to !== undefined && this.#closedTo(to, op.restock)) return "location_closed";
    hold.returned += op.quantity;
    if (op.restock) this.#level(op.location ?? hold.location).onHand += op.quantity;
    return undefined;
  }

  releaseOrder(op: OperationOf<"release-order">): Verdict {
    const holds = this.holds.filter(
      (hold) => hold.order === op.order && hold.state === "held" && !isForeign(hold, op.by),
    );
    if (holds.length === 0) return "reservation_not_found";
    if (holds.some((hold) => hold.prepared)) return "overloaded";
    let left = op.quantity ?? Number.POSITIVE_INFINITY;
    for (const hold of holds) {
      const units = Math.min(left, hold.held);
      if (units > 0) this.release(hold, units);
      left -= units;
    }
    return undefined;
  }

  setOnHand(location: string, to: number, force: boolean): Verdict {
    const before = this.levels.get(location)?.onHand ?? 0;
    const floor = Math.max(0, this.reserved(location));
    if (!force && to < before && to < floor) return to < 0 ? "insufficient_stock" : "below_reserved";
    if (this.#closedTo(location, to > before)) return "location_closed";
    if (to !== before) this.#level(location).onHand = to;
    return undefined;
  }

  transfer(op: OperationOf<"transfer">): Verdict {
    const from = this.levels.get(op.from);
    if (!from) return "level_not_found";
    if (from.onHand - this.reserved(op.from) < op.quantity) return "insufficient_stock";
    if (this.#closedTo(op.to, true)) return "location_closed";
    from.onHand -= op.quantity;
    this.#level(op.to).onHand += op.quantity;
    return undefined;
  }

  setLevel(op: OperationOf<"set-level">): Verdict {
    const before = this.levels.get(op.location)?.backorderLimit ?? 0;
    if (this.#closedTo(op.location, op.backorderLimit > before)) return "location_closed";
    Object.assign(this.#level(op.location), {
      safetyStock: op.safetyStock,
      backorderLimit: op.backorderLimit,
    });
    return undefined;
  }

  removeLevel(location: string): Verdict {
    const level = this.levels.get(location);
    if (!level) return "level_not_found";
    if (level.onHand !== 0 || this.reserved(location) > 0) return "level_in_use";
    this.levels.delete(location);
    return undefined;
  }

  #level(location: string): ModelLevel {
    const level = this.levels.get(location) ?? { onHand: 0, safetyStock: 0, backorderLimit: 0 };
    this.levels.set(location, level);
    return level;
  }

  #customerVerdict(
    op: { by: By; customer?: string | null | undefined; quantity: number },
    instead: ModelHold | undefined,
  ): Verdict {
    if (this.maxPerCustomer !== null && !op.customer && op.by !== "staff") return "customer_required";
    return this.#overLimit(op.customer, op.quantity, instead) ? "customer_limit_reached" : undefined;
  }

  #overLimit(customer: string | null | undefined, quantity: number, instead: ModelHold | undefined): boolean {
    if (this.maxPerCustomer === null || !customer) return false;
    const taken = this.holds
      .filter((hold) => hold.customer === customer)
      .reduce((sum, hold) => sum + hold.confirmed - hold.returned + (hold === instead ? 0 : hold.held), 0);
    return taken + quantity > this.maxPerCustomer;
  }
}

function ended(hold: ModelHold): string {
  if (hold.state === "confirmed") return "reservation_already_confirmed";
  return hold.state === "released" ? "reservation_already_released" : "reservation_expired";
}
