/**
 * The steps of an order over several products: a record in, the next record out. Between the two only commands that carry
 * the step's number in their keys are sent, so a step that was cut off is simply taken again. Nothing is kept here.
 */
import type { Command, Envelope, Result } from "../../domain/command";
import { isPassing, type ReservationView } from "../../domain/order";
import { parseReservationId } from "../../domain/ids";
import type { Refusal } from "../../domain/refusal";
import { ORDER_PIN_SECONDS } from "../../limits";
import { endedView, type OrderHold, type OrderRecord, type Step, type UnderWay } from "./order-record";

/** The way to the products. Rejects when one cannot be reached: whether it decided is then not known. */
export interface ProductDoor {
  execute(productId: string, envelopes: Envelope[]): Promise<Result[]>;
  /** undefined: the product has no such reservation any more. */
  read(hold: OrderHold, clamped: boolean): Promise<ReservationView | undefined>;
}

type Taken = Partial<Pick<OrderRecord, "holds" | "refusals">> & { step: Step };

const steps: Record<UnderWay["step"], (record: OrderRecord, door: ProductDoor) => Promise<Taken>> = {
  holding,
  failing: (record, door) => letGo(record, door, "failed"),
  selling,
  pinning,
  unpinning: (record, door) => insist(record, door, "unpin"),
  confirming: (record, door) => insist(record, door, "confirm-pinned"),
  releasing: (record, door) => letGo(record, door, "settled"),
};

/** Rejects when a product cannot be reached or is too busy: the same step is then taken again. */
export async function takeStep(record: UnderWay, door: ProductDoor): Promise<OrderRecord> {
  const taken = await steps[record.step](record, door);
  return { ...record, ...taken, seq: record.seq + 1 };
}

/** Every product holds its lines or says why not. One refusal, and all the others let go again. */
async function holding(record: OrderRecord, door: ProductDoor): Promise<Taken> {
  const { request, orderId } = record;
  if (!request) throw new Error("an order that holds nothing new was asked to");
  const { products, split, ttlSeconds, customerId } = request;
  const about = { orderId, split, ttlSeconds, ...(customerId !== undefined && { customerId }) };
  const results = await Promise.all(
    products.map(async ({ productId, lines }) => {
      const command: Command = { verb: "reserve-lines", lines, ...about };
      const [result] = await door.execute(productId, [envelopeOf(record, command, 0)]);
      return result ?? INTERNAL;
    }),
  );
  const refusals = results.flatMap((result) => (result.ok ? [] : result.refusal));
  const holds = results.flatMap((result) => (result.ok ? heldIn(result.body) : []));
  return { step: refusals.length > 0 ? "failing" : "settled", holds, refusals };
}

/** A single hold needs no promise first. */
async function selling(record: OrderRecord, door: ProductDoor): Promise<Taken> {
  const told = await tell(record, door, (ulid) => ({ verb: "confirm", ulid, ifExpired: "reject" }));
  return { step: "settled", holds: told.map(seen), refusals: told.flatMap(refusalOf) };
}

/** What was let go by itself before is no longer part of the order; what has expired or is not there spoils it. */
async function pinning(record: OrderRecord, door: ProductDoor): Promise<Taken> {
  const told = await tell(record, door, (ulid) => ({ verb: "pin", ulid, forSeconds: ORDER_PIN_SECONDS }));
  const gone = told.filter((one) => RESOLVED.has(codeOf(one)));
  const refusals = told.filter((one) => !gone.includes(one)).flatMap(refusalOf);
  const pinned = told.some(({ result }) => result.ok);
  if (refusals.length === 0 && pinned)
    return { step: "confirming", holds: await freshened(record, door, told) };
  if (refusals.length > 0) return { step: "unpinning", refusals };
  const sold = gone.filter((one) => codeOf(one) === "reservation_already_confirmed");
  return { step: "settled", refusals: (sold.length > 0 ? sold : gone).flatMap(refusalOf) };
}

const RESOLVED = new Set<string | undefined>([
  "reservation_already_released",
  "reservation_already_confirmed",
]);

/** What refused is asked how it stands: it may have been sold, or let go, by itself. */
async function freshened(record: OrderRecord, door: ProductDoor, told: Told[]): Promise<OrderHold[]> {
  return Promise.all(
    told.map(async (one) => {
      if (one.result.ok) return seen(one);
      const view = await door.read(one.hold, record.asked.clamped);
      return view ? { ...one.hold, view } : seen(one);
    }),
  );
}

/** Gives everything back. What ended otherwise meanwhile needs no giving back; if all of it did, that is the answer. */
async function letGo(record: OrderRecord, door: ProductDoor, step: "failed" | "settled"): Promise<Taken> {
  const told = await tell(record, door, (ulid) => ({ verb: "release", ulid, reason: record.reason }));
  requireDecided(told);
  if (step === "failed") return { step, holds: told.map(seen) };
  const refusals = told.some(({ result }) => result.ok) ? [] : told.flatMap(refusalOf);
  return { step, holds: await freshened(record, door, told), refusals };
}

/** What a product refuses now (it was deleted, say) it will refuse for ever: the reservation shows how it ended. */
async function insist(
  record: OrderRecord,
  door: ProductDoor,
  verb: "unpin" | "confirm-pinned",
): Promise<Taken> {
  const living = { ...record, holds: record.holds.filter(({ view }) => isOpen(view)) };
  const told = await tell(living, door, (ulid) => ({ verb, ulid }));
  requireDecided(told);
  const fresh = await freshened(record, door, told);
  const freshByUlid = new Map(fresh.map((hold) => [hold.ulid, hold]));
  return { step: "settled", holds: record.holds.map((hold) => freshByUlid.get(hold.ulid) ?? hold) };
}

function isOpen(view: ReservationView | undefined): boolean {
  return view === undefined || view.state === "held";
}

interface Told {
  hold: OrderHold;
  result: Result;
}

const INTERNAL: Result = { ok: false, refusal: { code: "internal" } };

/** One call per product, with a command for each of its holds; products in parallel, in the order of the holds. */
async function tell(
  record: OrderRecord,
  door: ProductDoor,
  command: (ulid: string) => Command,
): Promise<Told[]> {
  const numbered = record.holds.map((hold, index) => ({ hold, index }));
  const byProduct = Map.groupBy(numbered, ({ hold }) => hold.productId);
  const told = await Promise.all(
    [...byProduct].map(async ([productId, group]) => {
      const envelopes = group.map(({ hold, index }) => envelopeOf(record, command(hold.ulid), index));
      const results = await door.execute(productId, envelopes);
      return group.map((numberedHold, at) => ({ ...numberedHold, result: results[at] ?? INTERNAL }));
    }),
  );
  return told.flat().toSorted((a, b) => a.index - b.index);
}

function envelopeOf({ orderId, seq, asked }: OrderRecord, command: Command, index: number): Envelope {
  const key = { id: `order:${orderId}#${seq}.${index}`, fingerprint: command.verb };
  return { command, actor: asked.actor, clamped: asked.clamped, key };
}

function heldIn(body: string): OrderHold[] {
  const { reservations } = JSON.parse(body) as { reservations: ReservationView[] };
  return reservations.flatMap((view) => {
    const parsed = parseReservationId(view.reservationId);
    return parsed ? { ...parsed, view } : [];
  });
}

function seen({ hold, result }: Told): OrderHold {
  if (result.ok) return { ...hold, view: JSON.parse(result.body) as ReservationView };
  const state = result.refusal.code === "reservation_expired" ? "expired" : "released";
  return hold.view ? { ...hold, view: endedView(hold.view, state) } : hold;
}

function codeOf({ result }: Told): string | undefined {
  return result.ok ? undefined : result.refusal.code;
}

function refusalOf({ result }: Told): Refusal[] {
  return result.ok ? [] : [result.refusal];
}

/** What was decided must come about in the end: whoever is too busy now is asked again later. */
function requireDecided(told: readonly Told[]): void {
  const busy = told.flatMap(refusalOf).find(isPassing);
  if (busy) throw new Error(`a product is ${busy.code}`);
}
