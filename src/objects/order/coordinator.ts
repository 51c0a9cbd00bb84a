/**
 * The steps of an order over several products: a record in, the next record out. Between the two only commands that carry
 * the step's number in their keys are sent, so a step that was cut off is simply taken again. Nothing is kept here.
 */
import type { Command, Envelope, ExecuteOptions, Result } from "../../domain/command";
import { isPassing, type ReservationView } from "../../domain/order";
import { parseReservationId } from "../../domain/ids";
import type { Refusal } from "../../domain/refusal";
import { MAX_COMMANDS_PER_CALL, ORDER_PIN_SECONDS } from "../../limits";
import {
  endedView,
  heldFor,
  withHolds,
  type OrderHold,
  type OrderRecord,
  type Step,
  type UnderWay,
} from "./order-record";

/** The way to the products. Rejects when one cannot be reached: whether it decided is then not known. */
export interface ProductDoor {
  execute(productId: string, envelopes: Envelope[], options?: ExecuteOptions): Promise<Result[]>;
  /** In the order of the ULIDs; undefined: the product has no such reservation any more. */
  read(productId: string, ulids: string[], clamped: boolean): Promise<(ReservationView | undefined)[]>;
}

type Taken = Partial<Pick<OrderRecord, "holds" | "refusals" | "reason">> & { step: Step };

const steps: Record<UnderWay["step"], (record: OrderRecord, door: ProductDoor) => Promise<Taken>> = {
  holding,
  failing: (record, door) => letGo(record, door, "failed"),
  selling,
  pinning,
  unpinning: (record, door) => insist(record, door, unpin(record)),
  confirming: (record, door) => insist(record, door, (ulid) => ({ verb: "confirm-prepared", ulid })),
  releasing: (record, door) => letGo(record, door, "settled"),
};

/** Rejects when a product cannot be reached or is too busy: the same step is then taken again. */
export async function takeStep(record: UnderWay, door: ProductDoor): Promise<OrderRecord> {
  const taken = await steps[record.step](record, door);
  return { ...record, ...taken, seq: record.seq + 1 };
}

/**
 * Why the step that is about to begin would be refused now; none: it would not. Asks every product and leaves no trace, so
 * that an order that cannot be is not begun. Rejects when a product cannot be reached.
 */
export async function refusalsAhead(record: OrderRecord, door: ProductDoor): Promise<Refusal[]> {
  if (record.step === "pinning") return unsold(await pin(record, dryRuns(door)));
  // One product alone holds all or nothing.
  const several = record.step === "holding" && record.request && record.request.products.length > 1;
  return several ? refusalsOf(await holdLines(record, dryRuns(door))) : [];
}

/** Nothing of it is done or remembered. */
function dryRuns(door: ProductDoor): ProductDoor {
  const unkeyed = (envelope: Envelope): Envelope => {
    const { key: _, ...bare } = envelope;
    return bare;
  };
  return {
    ...door,
    execute: (productId, envelopes) => door.execute(productId, envelopes.map(unkeyed), { dryRun: true }),
  };
}

/** Every product holds its lines or says why not. One refusal, and all the others let go again. */
async function holding(record: OrderRecord, door: ProductDoor): Promise<Taken> {
  const told = await holdLines(record, door);
  const { actor } = record.asked;
  const holds = told.flatMap(({ result }) => (result.ok ? heldIn(result.body, actor) : []));
  const refusals = refusalsOf(told);
  if (refusals.length === 0) return { step: "settled", holds, refusals };
  return { step: "failing", holds, refusals, reason: `order ${record.orderId} not held: ${reasonOf(told)}` };
}

async function holdLines(record: OrderRecord, door: ProductDoor): Promise<Told[]> {
  const { request, orderId } = record;
  if (!request) throw new Error("an order that holds nothing new was asked to");
  const { products, split, ttlSeconds, customerId } = request;
  const about = { orderId, split, ttlSeconds, ...(customerId !== undefined && { customerId }) };
  return Promise.all(
    products.map(async ({ productId, lines }) => {
      const command: Command = { verb: "reserve-lines", lines, ...about };
      const [result = INTERNAL] = await door.execute(productId, [envelopeOf(record, command, 0)]);
      return { productId, result };
    }),
  );
}

/** A single hold needs no promise first. */
async function selling(record: OrderRecord, door: ProductDoor): Promise<Taken> {
  const told = await tell(record, door, (ulid) => ({ verb: "confirm", ulid, ifExpired: "reject" }));
  return { step: "settled", holds: withHolds(record, told.map(seen)), refusals: refusalsOf(told) };
}

/** What was let go by itself before is no longer part of the order; what has expired or is not there spoils it. */
async function pinning(record: OrderRecord, door: ProductDoor): Promise<Taken> {
  const told = await pin(record, door);
  const refusals = unsold(told);
  if (refusals.length === 0) return { step: "confirming", holds: await freshened(record, door, told) };
  const spoilt = told.filter((one) => !one.result.ok && !isResolved(one));
  if (spoilt.length === 0) return { step: "settled", refusals };
  return {
    step: "unpinning",
    refusals,
    reason: `order ${record.orderId} not confirmed: ${reasonOf(spoilt)}`,
  };
}

function pin(record: OrderRecord, door: ProductDoor): Promise<ToldHold[]> {
  return tell(record, door, (ulid) => ({ verb: "prepare", ulid, forSeconds: ORDER_PIN_SECONDS }));
}

function unpin({ reason }: OrderRecord) {
  return (ulid: string): Command => ({ verb: "abort", ulid, reason });
}

/** Why not all that is still held can be sold; that nothing is held any more is a reason too. */
function unsold(told: readonly ToldHold[]): Refusal[] {
  const gone = told.filter(isResolved);
  const refusals = refusalsOf(told.filter((one) => !gone.includes(one)));
  if (refusals.length > 0 || told.length > gone.length) return refusals;
  const sold = gone.filter((one) => codeOf(one) === "reservation_already_confirmed");
  return refusalsOf(sold.length > 0 ? sold : gone);
}

function isResolved(told: Told): boolean {
  const code = codeOf(told);
  return code === "reservation_already_released" || code === "reservation_already_confirmed";
}

/** What refused is asked how it stands: it may have been sold, or let go, by itself. */
async function freshened(
  record: OrderRecord,
  door: ProductDoor,
  told: readonly ToldHold[],
): Promise<OrderHold[]> {
  const refused = told.filter(({ result }) => !result.ok);
  const read = await look(
    refused.map(({ hold }) => hold),
    door,
    record.asked.clamped,
  );
  const views = new Map(read.map(({ hold, view }) => [hold, view]));
  const fresh = told.map((one) => {
    const view = views.get(one.hold);
    return view ? { ...one.hold, view } : seen(one);
  });
  return withHolds(record, fresh);
}

/** Gives everything back. What ended otherwise meanwhile needs no giving back; if all of it did, that is the answer. */
async function letGo(record: OrderRecord, door: ProductDoor, step: "failed" | "settled"): Promise<Taken> {
  const told = await tell(record, door, (ulid) => ({ verb: "release", ulid, reason: record.reason }));
  requireDecided(told);
  if (step === "failed") return { step, holds: withHolds(record, told.map(seen)) };
  const refusals = told.some(({ result }) => result.ok) ? [] : refusalsOf(told);
  return { step, holds: await freshened(record, door, told), refusals };
}

/** What a product refuses now (it was deleted, say) it will refuse for ever: the reservation shows how it ended. */
async function insist(
  record: OrderRecord,
  door: ProductDoor,
  command: (ulid: string) => Command,
): Promise<Taken> {
  const living = { ...record, holds: record.holds.filter(({ view }) => isOpen(view)) };
  const told = await tell(living, door, command);
  requireDecided(told);
  return { step: "settled", holds: withHolds(record, await freshened(living, door, told)) };
}

function isOpen(view: ReservationView | undefined): boolean {
  return view === undefined || view.state === "held";
}

interface Told {
  productId: string;
  result: Result;
}

interface ToldHold extends Told {
  hold: OrderHold;
}

const MAX_REFUSALS_TOLD = 3;
const INTERNAL: Result = { ok: false, refusal: { code: "internal" } };

/** A command for each hold that what was asked is about; products in parallel, in the order of the holds. */
async function tell(
  record: OrderRecord,
  door: ProductDoor,
  command: (ulid: string) => Command,
): Promise<ToldHold[]> {
  const numbered = heldFor(record).map((hold, index) => ({ hold, index, productId: hold.productId }));
  const told = await Promise.all(
    inCalls(numbered).map(async ({ productId, group }) => {
      const envelopes = group.map(({ hold, index }) => envelopeOf(record, command(hold.ulid), index));
      const results = await door.execute(productId, envelopes);
      return group.map((one, at) => ({ ...one, result: results[at] ?? INTERNAL }));
    }),
  );
  return told.flat().toSorted((a, b) => a.index - b.index);
}

/** How holds stand now. */
export async function look(
  holds: readonly OrderHold[],
  door: ProductDoor,
  clamped: boolean,
): Promise<{ hold: OrderHold; view: ReservationView | undefined }[]> {
  const numbered = holds.map((hold, index) => ({ hold, index, productId: hold.productId }));
  const read = await Promise.all(
    inCalls(numbered).map(async ({ productId, group }) => {
      const views = await door.read(
        productId,
        group.map(({ hold }) => hold.ulid),
        clamped,
      );
      return group.map((one, at) => ({ ...one, view: views[at] }));
    }),
  );
  return read.flat().toSorted((a, b) => a.index - b.index);
}

/** By product, as many at a time as one call may carry. */
function inCalls<T extends { productId: string }>(all: readonly T[]): { productId: string; group: T[] }[] {
  return [...Map.groupBy(all, ({ productId }) => productId)].flatMap(([productId, ofProduct]) =>
    Array.from({ length: Math.ceil(ofProduct.length / MAX_COMMANDS_PER_CALL) }, (_, call) => ({
      productId,
      group: ofProduct.slice(call * MAX_COMMANDS_PER_CALL, (call + 1) * MAX_COMMANDS_PER_CALL),
    })),
  );
}

function envelopeOf({ orderId, seq, asked }: OrderRecord, command: Command, index: number): Envelope {
  const key = { id: `order:${orderId}#${seq}.${index}`, fingerprint: command.verb };
  return { command, actor: asked.actor, clamped: asked.clamped, key };
}

function heldIn(body: string, owner: string): OrderHold[] {
  const { reservations } = JSON.parse(body) as { reservations: ReservationView[] };
  return reservations.flatMap((view) => {
    const parsed = parseReservationId(view.reservationId);
    return parsed ? { ...parsed, owner, view } : [];
  });
}

function seen({ hold, result }: ToldHold): OrderHold {
  if (result.ok) return { ...hold, view: JSON.parse(result.body) as ReservationView };
  const state = result.refusal.code === "reservation_expired" ? "expired" : "released";
  return hold.view ? { ...hold, view: endedView(hold.view, state) } : hold;
}

function codeOf({ result }: Told): string | undefined {
  return result.ok ? undefined : result.refusal.code;
}

function refusalsOf(told: readonly Told[]): Refusal[] {
  return told.flatMap(({ result }) => (result.ok ? [] : [result.refusal]));
}

/** For the events of those that could have gone on. */
function reasonOf(told: readonly Told[]): string {
  const refused = told.filter(({ result }) => !result.ok).slice(0, MAX_REFUSALS_TOLD);
  return refused.map((one) => `${one.productId} refused: ${codeOf(one)}`).join(", ");
}

/** What was decided must come about in the end: whoever is too busy now is asked again later. */
function requireDecided(told: readonly Told[]): void {
  const busy = refusalsOf(told).find(isPassing);
  if (busy) throw new Error(`a product is ${busy.code}`);
}
