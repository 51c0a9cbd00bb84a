/** Runs operations against a real product object beside the reference, and holds the invariants after each. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import type { Command, Envelope, Result } from "../../src/domain/command";
import { verifyProduct } from "../../src/verify/verify-product";
import { readConfig } from "../../src/env";
import { addToSums } from "../../src/d1/report-sums";
import { loggedEvents, sumsInBook, sumsOf } from "../d1/sums-by-hand";
import { LOCATIONS, type By, type Operation } from "./operations";
import { plan, ulidOf, type Planned } from "./plan";
import { Reference, type Verdict } from "./reference";

interface Stock {
  onHand: number;
  reserved: number;
  available: number;
  version: number;
  levels: { locationId: string; onHand: number; reserved: number; available: number }[];
}

export class Driver {
  readonly reference: Reference;
  readonly #productId: string;
  readonly #book: { down: boolean };
  #keys = 0;
  #looked = 0;
  #last: { envelope: Envelope; body: string; at: number } | undefined;

  constructor(productId: string, reference: Reference, book: { down: boolean }) {
    this.#productId = productId;
    this.reference = reference;
    this.#book = book;
  }

  get stub() {
    return env.PRODUCT.getByName(this.#productId);
  }

  async create(initialQuantity: number): Promise<void> {
    const initial = { locationId: "main", quantity: initialQuantity };
    const result = await this.#send({ verb: "create", fields: {}, initial });
    expect(result.ok, JSON.stringify(result)).toBe(true);
  }

  async run(operation: Operation): Promise<void> {
    await this.#apply(operation);
    await this.#checkStock(operation);
    await this.#checkHold(operation);
  }

  async #apply(operation: Operation): Promise<void> {
    const { reference } = this;
    switch (operation.op) {
      case "advance":
        reference.advance(operation.seconds);
        vi.setSystemTime(reference.now);
        return;
      case "crash":
        return evictDurableObject(this.stub);
      case "alarm":
        return void (await runDurableObjectAlarm(this.stub));
      case "book":
        this.#book.down = operation.down;
        return;
      case "close":
        reference.close(operation.location, operation.closed);
        return;
      case "retry":
        return this.#retry();
      case "reserve":
        return this.#reserve(operation);
      case "lines":
        return this.#reserveLines(operation);
      default: {
        const planned = plan(reference, operation);
        if (planned) await this.#expectVerdict(operation, planned);
      }
    }
  }

  async #reserve(operation: Extract<Operation, { op: "reserve" }>): Promise<void> {
    const old = this.reference.pick(operation.supersedes);
    const { quantity, ttlSeconds, location, order, customer } = operation;
    const expected = this.reference.reserve(operation, old);
    const result = await this.#send(
      {
        verb: "reserve",
        quantity,
        ttlSeconds,
        ...this.#where(location),
        ...(order && { orderId: order }),
        ...(customer && { customerId: customer }),
        ...(old && { supersedes: ulidOf(old) }),
      },
      operation.by,
    );
    expect(codeOf(result), describeCase(operation, result)).toBe(expected.verdict);
    if (!result.ok) return;
    const made = JSON.parse(result.body) as { reservationId: string; locationId: string };
    expect(made.locationId, describeCase(operation, result)).toBe(expected.location);
    this.reference.hold(operation, { id: made.reservationId, location: made.locationId }, old);
  }

  async #reserveLines(operation: Extract<Operation, { op: "lines" }>): Promise<void> {
    const { by, lines, split, ttlSeconds, order, customer } = operation;
    const expected = this.reference.lines(operation);
    const result = await this.#send(
      {
        verb: "reserve-lines",
        orderId: order,
        ttlSeconds,
        split,
        ...(customer && { customerId: customer }),
        lines: lines.map(({ quantity, location }) => ({ quantity, ...this.#where(location) })),
      },
      by,
    );
    expect(codeOf(result), describeCase(operation, result)).toBe(expected.verdict);
    if (!result.ok) return;
    const { reservations } = JSON.parse(result.body) as {
      reservations: { reservationId: string; locationId: string; held: number }[];
    };
    const made = reservations.map(({ locationId, held }) => ({ location: locationId, quantity: held }));
    expect(made, describeCase(operation, result)).toEqual(expected.parts);
    for (const { reservationId: id, locationId: location, held: quantity } of reservations)
      this.reference.hold({ by, quantity, ttlSeconds, order, customer }, { id, location });
  }

  async #expectVerdict(operation: Operation, planned: Planned): Promise<void> {
    const by = "by" in operation ? operation.by : undefined;
    const result = await this.#send(planned.command, by);
    expect(codeOf(result), describeCase(operation, result)).toBe(planned.verdict);
  }

  #places(): { open: string[]; closed: string[] } {
    const { closed } = this.reference;
    return { open: LOCATIONS.filter((place) => !closed.has(place)), closed: [...closed] };
  }

  /** As the Worker says it: the place that is named, or those that are open. */
  #where(location: string | undefined): { locationIds: string[]; anyLocation: boolean } {
    const locationIds = location === undefined ? this.#places().open : [location];
    return { locationIds, anyLocation: location === undefined };
  }

  async #send(command: Command, by: By = "staff"): Promise<Result> {
    this.#keys += 1;
    const key = { id: `model:${this.#keys}`, fingerprint: JSON.stringify(command) };
    const shop = by !== "staff";
    const places = { ...this.#places(), goodUntilMs: null };
    const caller = { actor: by, clamped: shop, ...(shop && { ownOnly: true as const }) };
    const envelope: Envelope = { ...caller, command, places, key };
    const [result] = (await this.stub.execute([envelope])) as Result[];
    if (!result) throw new Error("no result");
    if (result.ok) this.#last = { envelope, body: result.body, at: this.reference.now };
    return result;
  }

  /**
   * The same command with the same key, while keys are kept: the same answer, and nothing happens (the stock check that
   * follows sees to it).
   */
  async #retry(): Promise<void> {
    const last = this.#last;
    if (!last || this.reference.now - last.at >= readConfig(env).idempotencyRetentionMs) return;
    const [result] = (await this.stub.execute([last.envelope])) as Result[];
    expect(result).toMatchObject({ ok: true, replayed: true, body: last.body });
  }

  async #checkStock(operation: Operation): Promise<void> {
    const { reference } = this;
    const answer = await this.stub.read({ view: "stock", clamped: false });
    const stock = JSON.parse(answer.ok ? answer.body : "{}") as Stock;
    const expected = [...reference.levels]
      .map(([locationId, { onHand, safetyStock }]) => {
        const reserved = reference.reserved(locationId);
        return { locationId, onHand, reserved, available: onHand - reserved - safetyStock };
      })
      .toSorted((a, b) => (a.locationId < b.locationId ? -1 : 1));
    const seen = stock.levels.map(({ locationId, onHand, reserved, available }) => ({
      locationId,
      onHand,
      reserved,
      available,
    }));
    expect(seen, describeCase(operation, stock)).toEqual(expected);
    if (reference.loosened) return;
    for (const level of stock.levels)
      expect(level.available, describeCase(operation, stock)).toBeGreaterThanOrEqual(0);
  }

  /** Each hold in turn reads as the reference has it, whether or not its expiry was swept. */
  async #checkHold(operation: Operation): Promise<void> {
    const hold = this.reference.pick(this.#looked++);
    if (!hold) return;
    const answer = await this.stub.read({ view: "reservation", ulid: ulidOf(hold), clamped: false });
    const { id: reservationId, state, held, confirmed, returned } = hold;
    expect(JSON.parse(answer.ok ? answer.body : "{}"), describeCase(operation, answer)).toMatchObject({
      reservationId,
      state,
      held,
      confirmed,
      returned,
      expiresAt: hold.expiresAt === null ? null : new Date(hold.expiresAt).toISOString(),
    });
  }

  /** The object's own rows: the newest events of the book (older ones are pruned with their keys). */
  async #checkJournal(events: readonly unknown[]): Promise<void> {
    const rows = await runInDurableObject(this.stub, (_, { storage }) =>
      storage.sql.exec<{ events: string }>("SELECT events FROM journal ORDER BY seq").toArray(),
    );
    const kept = rows.flatMap((row) => JSON.parse(`[${row.events}]`) as unknown[]);
    expect(kept).toEqual(events.slice(events.length - kept.length));
  }

  /** Versions without gap, every event once, movements that add up. */
  #checkEvents(events: readonly Record<string, unknown>[]): void {
    expect(events.map((event) => event["version"])).toEqual(events.map((_, index) => index + 1));
    const onHand = new Map<string, number>();
    for (const event of events)
      for (const [at, delta] of movementsOf(event)) onHand.set(at, (onHand.get(at) ?? 0) + delta);
    for (const [locationId, level] of this.reference.levels)
      expect(onHand.get(locationId) ?? 0).toBe(level.onHand);
  }

  /** The verifier finds nothing either: with the whole history, and with its first part dropped for its age. */
  async checkVerifier(keptFraction: number): Promise<void> {
    const verify = () => verifyProduct(env.BOOK, this.#productId, this.stub);
    const whole = await verify();
    expect(whole, JSON.stringify(whole)).toMatchObject({ complete: true, differenceCount: 0 });
    const events = whole?.events ?? 0;
    // The newest always stays.
    const dropped = Math.min(Math.floor(events * (1 - keptFraction)), events - 1);
    await env.BOOK.prepare(
      `DELETE FROM events WHERE offset <= (SELECT offset FROM events WHERE product_id = ? AND version = ?)`,
    )
      .bind(this.#productId, dropped)
      .run();
    const rest = await verify();
    expect(rest, JSON.stringify(rest)).toMatchObject({ events: events - dropped, differenceCount: 0 });
  }

  /** Once the book may be written again it holds every event once, in order, and the rows that follow from them. */
  async checkBook(): Promise<void> {
    this.#book.down = false;
    vi.setSystemTime(this.reference.now + 60_000);
    this.reference.advance(60);
    await this.stub.wake();
    await this.stub.wake();
    const book = await env.BOOK.prepare("SELECT body FROM events WHERE product_id = ? ORDER BY offset")
      .bind(this.#productId)
      .all<{ body: string }>();
    const events = book.results.map((row) => JSON.parse(row.body) as Record<string, unknown>);
    this.#checkEvents(events);
    await this.#checkJournal(events);
    const holds = await env.BOOK.prepare(
      "SELECT reservation_id AS id, state, held FROM reservations WHERE product_id = ?",
    )
      .bind(this.#productId)
      .all<{ id: string; state: string; held: number }>();
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect(holds.results.toSorted(byId)).toEqual(
      this.reference.holds.map(({ id, state, held }) => ({ id, state, held })).toSorted(byId),
    );
    const row = await env.BOOK.prepare("SELECT version, on_hand, reserved FROM products WHERE product_id = ?")
      .bind(this.#productId)
      .first();
    const { levels } = this.reference;
    expect(row).toEqual({
      version: events.length,
      on_hand: [...levels.values()].reduce((sum, level) => sum + level.onHand, 0),
      reserved: [...levels.keys()].reduce((sum, location) => sum + this.reference.reserved(location), 0),
    });
  }

  /** Reports say what the events say; and what was held is sold, given back, expired or still held. */
  async checkReports(): Promise<void> {
    await addToSums(env.BOOK, this.reference.now, 100);
    const events = await loggedEvents(this.#productId);
    for (const interval of ["hour", "day"] as const)
      expect(await sumsInBook(interval, this.#productId)).toEqual(sumsOf(events, interval));
    const days = Object.values(sumsOf(events, "day"));
    const total = (measure: "held" | "expired" | "released") =>
      days.reduce((sum, day) => sum + day[measure].units, 0);
    const soldOfHeld = events.reduce((sum, { type, data }) => {
      return sum + (type === "reservation.confirmed" && !data.reacquired ? data.confirmedQuantity : 0);
    }, 0);
    const held = this.reference.holds.reduce((sum, hold) => sum + hold.held, 0);
    expect(total("held") - soldOfHeld - total("released") - total("expired")).toBe(held);
  }
}

function movementsOf(event: Record<string, unknown>): [string, number][] {
  const data = event["data"] as Record<string, unknown>;
  const delta = (change: unknown) => {
    const { before, after } = change as { before: number; after: number };
    return after - before;
  };
  if (event["type"] === "stock.transferred") {
    return [
      [String(data["fromLocationId"]), delta(data["from"])],
      [String(data["toLocationId"]), delta(data["to"])],
    ];
  }
  if (event["type"] === "stock.adjusted" || event["type"] === "stock.counted") {
    return [[String(data["locationId"]), delta(data)]];
  }
  const movement = data["movement"] as { locationId?: string } | undefined;
  // What comes back may be put elsewhere than where it was held.
  return movement ? [[movement.locationId ?? String(data["locationId"]), delta(movement)]] : [];
}

function codeOf(result: Result): Verdict {
  return result.ok ? undefined : result.refusal.code;
}

function describeCase(operation: Operation, answer: unknown): string {
  return `${JSON.stringify(operation)} -> ${JSON.stringify(answer)}`;
}
