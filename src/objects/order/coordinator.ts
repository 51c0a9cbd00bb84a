/**
 * The steps of an order over several products: a record in, the next record out. Between the two only commands that carry
 * the step's number in their keys are sent, so a step that was cut off is simply taken again. Nothing is kept here.
 *
 * A confirmation has two phases: every product prepares (its hold is pinned, and lives long enough), and only when all have,
 * each is confirmed; otherwise what was prepared is aborted.
 */
import type { Command } from "../../domain/command";
import { parseReservationId } from "../../domain/ids";
import { isPassing, type ReservationView } from "../../domain/order";
import type { Refusal } from "../../domain/refusal";
import { ORDER_PIN_SECONDS } from "../../limits";
import { endedView, withHolds } from "./order-record";
import type { OrderHold, OrderRecord, Step, UnderWay } from "./order-record";
import { codeOf, refusalsOf, reservationView } from "./product-port";
import type { HoldAnswer, ProductAnswer, ProductPort } from "./product-port";

type Taken = Partial<Pick<OrderRecord, "holds" | "refusals" | "reason">> & { step: Step };

const steps: Record<UnderWay["step"], (record: OrderRecord, port: ProductPort) => Promise<Taken>> = {
  holding: hold,
  failing: (record, port) => letGo(record, port, "failed"),
  selling: sell,
  pinning: prepareAll,
  unpinning: (record, port) =>
    insist(record, port, (ulid) => ({ verb: "abort", ulid, reason: record.reason })),
  confirming: (record, port) => insist(record, port, (ulid) => ({ verb: "confirm-prepared", ulid })),
  releasing: (record, port) => letGo(record, port, "settled"),
};

/** Rejects when a product cannot be reached or is too busy: the same step is then taken again. */
export async function takeStep(record: UnderWay, port: ProductPort): Promise<OrderRecord> {
  const taken = await steps[record.step](record, port);
  return { ...record, ...taken, seq: record.seq + 1 };
}

/**
 * Why the step that is about to begin would be refused now; none: it would not. Asks every product and leaves no trace, so
 * that an order that cannot be is not begun. Rejects when a product cannot be reached.
 */
export async function refusalsAhead(record: OrderRecord, port: ProductPort): Promise<Refusal[]> {
  if (record.step === "pinning") return unsold(await prepare(record, port.dryRun));
  // One product alone holds all or nothing.
  const several = record.step === "holding" && record.request && record.request.products.length > 1;
  return several ? refusalsOf(await holdLines(record, port.dryRun)) : [];
}

/** Every product holds its lines or says why not. One refusal, and all the others let go again. */
async function hold(record: OrderRecord, port: ProductPort): Promise<Taken> {
  const answers = await holdLines(record, port);
  const { actor } = record.asked;
  const holds = answers.flatMap(({ result }) => (result.ok ? heldIn(result.body, actor) : []));
  const refusals = refusalsOf(answers);
  if (refusals.length === 0) return { step: "settled", holds, refusals };
  const reason = `order ${record.orderId} not held: ${reasonOf(answers)}`;
  return { step: "failing", holds, refusals, reason };
}

async function holdLines(record: OrderRecord, port: ProductPort): Promise<ProductAnswer[]> {
  const { request, orderId } = record;
  if (!request) throw new Error("an order that holds nothing new was asked to");
  const { products, split, ttlSeconds, customerId } = request;
  const about = { orderId, split, ttlSeconds, ...(customerId !== undefined && { customerId }) };
  return Promise.all(
    products.map(({ productId, lines }) => {
      const command: Command = { verb: "reserve-lines", lines, ...about };
      return port.sendToProduct(record, productId, command);
    }),
  );
}

/** A single hold needs no promise first. */
async function sell(record: OrderRecord, port: ProductPort): Promise<Taken> {
  const answers = await port.sendToHolds(record, (ulid) => ({ verb: "confirm", ulid, ifExpired: "reject" }));
  return { step: "settled", holds: withHolds(record, answers.map(seen)), refusals: refusalsOf(answers) };
}

/** What was let go by itself before is no longer part of the order; what has expired or is not there spoils it. */
async function prepareAll(record: OrderRecord, port: ProductPort): Promise<Taken> {
  const answers = await prepare(record, port);
  const refusals = unsold(answers);
  if (refusals.length === 0) return { step: "confirming", holds: await freshened(record, port, answers) };
  const spoilt = answers.filter((one) => !one.result.ok && !isResolved(one));
  if (spoilt.length === 0) return { step: "settled", refusals };
  const reason = `order ${record.orderId} not confirmed: ${reasonOf(spoilt)}`;
  return { step: "unpinning", refusals, reason };
}

function prepare(record: OrderRecord, port: ProductPort): Promise<HoldAnswer[]> {
  return port.sendToHolds(record, (ulid) => ({ verb: "prepare", ulid, forSeconds: ORDER_PIN_SECONDS }));
}

/** Why not all that is still held can be sold; that nothing is held any more is a reason too. */
function unsold(answers: readonly HoldAnswer[]): Refusal[] {
  const gone = answers.filter(isResolved);
  const refusals = refusalsOf(answers.filter((one) => !gone.includes(one)));
  if (refusals.length > 0 || answers.length > gone.length) return refusals;
  const sold = gone.filter((one) => codeOf(one) === "reservation_already_confirmed");
  return refusalsOf(sold.length > 0 ? sold : gone);
}

function isResolved(answer: ProductAnswer): boolean {
  const code = codeOf(answer);
  return code === "reservation_already_released" || code === "reservation_already_confirmed";
}

/** What refused is asked how it stands: it may have been sold, or let go, by itself. */
async function freshened(
  record: OrderRecord,
  port: ProductPort,
  answers: readonly HoldAnswer[],
): Promise<OrderHold[]> {
  const refused = answers.filter(({ result }) => !result.ok).map((answer) => answer.hold);
  const read = await port.readHolds(refused, record.asked.clamped);
  const views = new Map(read.map((one) => [one.hold, one.view]));
  const fresh = answers.map((one) => {
    const view = views.get(one.hold);
    return view ? { ...one.hold, view } : seen(one);
  });
  return withHolds(record, fresh);
}

/** Gives everything back. What ended otherwise meanwhile needs no giving back; if all of it did, that is the answer. */
async function letGo(record: OrderRecord, port: ProductPort, step: "failed" | "settled"): Promise<Taken> {
  const { reason } = record;
  const answers = await port.sendToHolds(record, (ulid) => ({ verb: "release", ulid, reason }));
  requireDecided(answers);
  if (step === "failed") return { step, holds: withHolds(record, answers.map(seen)) };
  const refusals = answers.some(({ result }) => result.ok) ? [] : refusalsOf(answers);
  return { step, holds: await freshened(record, port, answers), refusals };
}

/** What a product refuses now (it was deleted, say) it will refuse for ever: the reservation shows how it ended. */
async function insist(
  record: OrderRecord,
  port: ProductPort,
  command: (ulid: string) => Command,
): Promise<Taken> {
  const open = { ...record, holds: record.holds.filter(({ view }) => !view || view.state === "held") };
  const answers = await port.sendToHolds(open, command);
  requireDecided(answers);
  return { step: "settled", holds: withHolds(record, await freshened(open, port, answers)) };
}

const MAX_REFUSALS_TOLD = 3;

function heldIn(body: string, owner: string): OrderHold[] {
  const { reservations }: { reservations: ReservationView[] } = JSON.parse(body);
  return reservations.flatMap((view) => {
    const parsed = parseReservationId(view.reservationId);
    return parsed ? { ...parsed, owner, view } : [];
  });
}

function seen({ hold, result }: HoldAnswer): OrderHold {
  if (result.ok) return { ...hold, view: reservationView(result.body) };
  const state = result.refusal.code === "reservation_expired" ? "expired" : "released";
  return hold.view ? { ...hold, view: endedView(hold.view, state) } : hold;
}

/** For the events of those that could have gone on. */
function reasonOf(answers: readonly ProductAnswer[]): string {
  const refused = answers.filter(({ result }) => !result.ok).slice(0, MAX_REFUSALS_TOLD);
  return refused.map((one) => `${one.productId} refused: ${codeOf(one)}`).join(", ");
}

/** What was decided must come about in the end: whoever is too busy now is asked again later. */
function requireDecided(answers: readonly ProductAnswer[]): void {
  const busy = refusalsOf(answers).find(isPassing);
  if (busy) throw new Error(`a product is ${busy.code}`);
}
