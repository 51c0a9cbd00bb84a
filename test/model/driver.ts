/** Runs operations against a real product object beside the reference, and holds the invariants after each. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import type { Command, Envelope, Result } from "../../src/domain/command";
import { parseReservationId } from "../../src/domain/ids";
import { verifyProduct } from "../../src/d1/verification";
import type { By, Operation } from "./operations";
import { isForeign, Reference, type ModelHold, type Verdict } from "./reference";

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
  #last: { envelope: Envelope; body: string } | undefined;
  /** Units were put beyond what may be promised by somebody's word: a forced count, a lowered limit, a safety stock. */
  #loosened = false;

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
      case "retry":
        return this.#retry();
      case "reserve":
        return this.#reserve(operation);
      case "lines":
        return this.#reserveLines(operation);
      default: {
        const planned = this.#plan(operation);
        if (planned) await this.#expectVerdict(operation, planned);
      }
    }
  }

  #pick(index: number | undefined): ModelHold | undefined {
    const { holds } = this.reference;
    return index === undefined || holds.length === 0 ? undefined : holds[index % holds.length];
  }

  async #reserve(operation: Extract<Operation, { op: "reserve" }>): Promise<void> {
    const old = this.#pick(operation.supersedes);
    const { quantity, ttlSeconds, location, order, customer } = operation;
    const expected = this.reference.reserve(operation, old);
    const result = await this.#send(
      {
        verb: "reserve",
        quantity,
        ttlSeconds,
        locationIds: location === undefined ? [] : [location],
        anyLocation: location === undefined,
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
        lines: lines.map(({ quantity, location }) => ({
          quantity,
          locationIds: location === undefined ? [] : [location],
          anyLocation: location === undefined,
        })),
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

  /** The command for the object, and what the reference says to it. */
  #plan(operation: Operation): { command: Command; verdict: Verdict } | undefined {
    const { reference } = this;
    if ("hold" in operation) return this.#planForHold(operation);
    switch (operation.op) {
      case "release-order": {
        const { order, quantity } = operation;
        const command: Command = { verb: "release-order", orderId: order, ...(quantity && { quantity }) };
        return { command, verdict: reference.releaseOrder(operation) };
      }
      case "count": {
        const { location, newQuantity, force } = operation;
        this.#loosened ||= force;
        const command: Command = {
          verb: "count",
          locationId: location,
          newQuantity,
          reason: "counted",
          force,
        };
        return { command, verdict: reference.setOnHand(location, newQuantity, force) };
      }
      case "adjust": {
        const { location, delta } = operation;
        const command: Command = {
          verb: "adjust",
          locationId: location,
          delta,
          type: "correction",
          reason: "corrected",
          force: false,
        };
        const before = reference.levels.get(location)?.onHand ?? 0;
        return { command, verdict: reference.setOnHand(location, before + delta, false) };
      }
      case "transfer": {
        const { from, to, quantity } = operation;
        if (from === to) return undefined;
        const command: Command = { verb: "transfer", fromLocationId: from, toLocationId: to, quantity };
        return { command, verdict: reference.transfer(operation) };
      }
      case "set-level": {
        const { location, safetyStock, backorderLimit } = operation;
        this.#loosened = true;
        const command: Command = { verb: "set-level", locationId: location, safetyStock, backorderLimit };
        return { command, verdict: reference.setLevel(operation) };
      }
      case "remove-level":
        return {
          command: { verb: "remove-level", locationId: operation.location },
          verdict: reference.removeLevel(operation.location),
        };
      case "limit":
        reference.maxPerCustomer = operation.maxPerCustomer;
        return {
          command: { verb: "edit", patch: { maxPerCustomer: operation.maxPerCustomer } },
          verdict: undefined,
        };
      default:
        return undefined;
    }
  }

  #planForHold(
    operation: Extract<Operation, { hold: number }>,
  ): { command: Command; verdict: Verdict } | undefined {
    const hold = this.#pick(operation.hold);
    if (!hold) return undefined;
    const { command, judge } = this.#planOn(operation, hold);
    const foreign = "by" in operation && isForeign(hold, operation.by);
    return { command, verdict: foreign ? "reservation_not_found" : judge() };
  }

  #planOn(
    operation: Extract<Operation, { hold: number }>,
    hold: ModelHold,
  ): { command: Command; judge: () => Verdict } {
    const { reference } = this;
    const ulid = ulidOf(hold);
    switch (operation.op) {
      case "confirm": {
        const { quantity, reacquire } = operation;
        const ifExpired = reacquire ? "reacquire" : "reject";
        const command: Command = { verb: "confirm", ulid, ifExpired, ...(quantity && { quantity }) };
        return { command, judge: () => reference.confirm(hold, operation) };
      }
      case "release": {
        const { quantity } = operation;
        const command: Command = { verb: "release", ulid, ...(quantity && { quantity }) };
        return { command, judge: () => reference.release(hold, quantity) };
      }
      case "resize":
        return {
          command: { verb: "resize", ulid, quantity: operation.quantity },
          judge: () => reference.resize(hold, operation),
        };
      case "extend":
        return {
          command: { verb: "extend", ulid, ttlSeconds: operation.seconds },
          judge: () => reference.extend(hold, operation),
        };
      case "pin":
        return {
          command: { verb: "pin", ulid, forSeconds: operation.seconds },
          judge: () => reference.pin(hold, operation.seconds),
        };
      case "unpin":
        return { command: { verb: "unpin", ulid }, judge: () => reference.unpin(hold) };
      case "confirm-pinned":
        // What lapsed under its pin is sold in any case, even below zero.
        this.#loosened ||= hold.state === "expired";
        return { command: { verb: "confirm-pinned", ulid }, judge: () => reference.confirmPinned(hold) };
      case "cancel":
        return { command: { verb: "cancel", ulid }, judge: () => reference.cancel(hold) };
      case "return": {
        const { quantity, restock } = operation;
        const command: Command = { verb: "return", ulid, quantity, restock, reason: "came back" };
        return { command, judge: () => reference.giveBack(hold, operation) };
      }
    }
  }

  async #expectVerdict(operation: Operation, planned: { command: Command; verdict: Verdict }): Promise<void> {
    const by = "by" in operation ? operation.by : undefined;
    const result = await this.#send(planned.command, by);
    expect(codeOf(result), describeCase(operation, result)).toBe(planned.verdict);
  }

  async #send(command: Command, by: By = "staff"): Promise<Result> {
    this.#keys += 1;
    const key = { id: `model:${this.#keys}`, fingerprint: JSON.stringify(command) };
    const shop = by !== "staff";
    const envelope: Envelope = { command, actor: by, clamped: shop, ...(shop && { ownOnly: true }), key };
    const [result] = (await this.stub.execute([envelope])) as Result[];
    if (!result) throw new Error("no result");
    if (result.ok) this.#last = { envelope, body: result.body };
    return result;
  }

  /** The same command with the same key: the same answer, and nothing happens (the stock check that follows sees to it). */
  async #retry(): Promise<void> {
    if (!this.#last) return;
    const [result] = (await this.stub.execute([this.#last.envelope])) as Result[];
    expect(result).toMatchObject({ ok: true, replayed: true, body: this.#last.body });
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
    if (this.#loosened) return;
    for (const level of stock.levels)
      expect(level.available, describeCase(operation, stock)).toBeGreaterThanOrEqual(0);
  }

  /** Each hold in turn reads as the reference has it, whether or not its expiry was swept. */
  async #checkHold(operation: Operation): Promise<void> {
    const hold = this.#pick(this.#looked++);
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
  return data["movement"] ? [[String(data["locationId"]), delta(data["movement"])]] : [];
}

function ulidOf(hold: ModelHold): string {
  return parseReservationId(hold.id)?.ulid ?? "";
}

function codeOf(result: Result): Verdict {
  return result.ok ? undefined : result.refusal.code;
}

function describeCase(operation: Operation, answer: unknown): string {
  return `${JSON.stringify(operation)} -> ${JSON.stringify(answer)}`;
}
