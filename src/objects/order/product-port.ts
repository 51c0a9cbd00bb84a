/** How an order speaks to its products: commands for its holds, in as few calls as there may be, and questions. */
import type { Command, Envelope, ExecuteOptions, Query, ReadResult, Result } from "../../domain/command";
import type { ReservationView } from "../../domain/order";
import type { Refusal } from "../../domain/refusal";
import { MAX_COMMANDS_PER_CALL, ORDER_CALL_TIMEOUT_MS } from "../../limits";
import { withTimeout } from "../../timeout";
import { heldFor, type OrderHold, type OrderRecord } from "./order-record";

/** Rejects when a product cannot be reached: whether it decided is then not known. */
export interface ProductPort {
  execute(productId: string, envelopes: Envelope[], options?: ExecuteOptions): Promise<Result[]>;
  /** In the order of the ULIDs; undefined: the product has no such reservation any more. */
  read(productId: string, ulids: string[], clamped: boolean): Promise<(ReservationView | undefined)[]>;
}

export function productPort(env: Env): ProductPort {
  const call = <T>(asking: Promise<T>) => withTimeout(asking, ORDER_CALL_TIMEOUT_MS, "product");
  const product = (productId: string) => env.PRODUCT.getByName(productId);
  return {
    execute: (productId, envelopes, options) =>
      call<Result[]>(product(productId).execute(envelopes, options)),
    read: async (productId, ulids, clamped) => {
      const queries = ulids.map((ulid): Query => ({ view: "reservation", ulid, clamped }));
      const results = await call<ReadResult[]>(product(productId).readAll(queries));
      return results.map((result) => (result.ok ? reservationView(result.body) : undefined));
    },
  };
}

/** Nothing that goes through it is done or remembered. */
export function dryRunPort(port: ProductPort): ProductPort {
  const unkeyed = (envelope: Envelope): Envelope => {
    const { key: _, ...bare } = envelope;
    return bare;
  };
  return {
    ...port,
    execute: (productId, envelopes) => port.execute(productId, envelopes.map(unkeyed), { dryRun: true }),
  };
}

export interface ProductAnswer {
  productId: string;
  result: Result;
}

export interface HoldAnswer extends ProductAnswer {
  hold: OrderHold;
}

const INTERNAL: Result = { ok: false, refusal: { code: "internal" } };

/** A command that is about no hold yet. */
export async function sendToProduct(
  record: OrderRecord,
  port: ProductPort,
  { productId, command }: { productId: string; command: Command },
): Promise<ProductAnswer> {
  const [result = INTERNAL] = await port.execute(productId, [envelopeOf(record, command, 0)]);
  return { productId, result };
}

/** A command for each hold that what was asked is about; products in parallel, in the order of the holds. */
export async function sendToHolds(
  record: OrderRecord,
  port: ProductPort,
  command: (ulid: string) => Command,
): Promise<HoldAnswer[]> {
  return byProduct(heldFor(record), async (productId, numbered) => {
    const envelopes = numbered.map(({ hold, index }) => envelopeOf(record, command(hold.ulid), index));
    const results = await port.execute(productId, envelopes);
    return numbered.map((one, at) => ({ ...one, productId, result: results[at] ?? INTERNAL }));
  });
}

/** How holds stand now. */
export async function readHolds(
  holds: readonly OrderHold[],
  port: ProductPort,
  clamped: boolean,
): Promise<{ hold: OrderHold; view: ReservationView | undefined }[]> {
  return byProduct(holds, async (productId, numbered) => {
    const ulids = numbered.map(({ hold }) => hold.ulid);
    const views = await port.read(productId, ulids, clamped);
    return numbered.map((one, at) => ({ ...one, view: views[at] }));
  });
}

interface NumberedHold {
  hold: OrderHold;
  index: number;
}

/** As many holds of a product at a time as one call may carry; what comes of them in the order of the holds. */
async function byProduct<T extends NumberedHold>(
  holds: readonly OrderHold[],
  call: (productId: string, numbered: NumberedHold[]) => Promise<T[]>,
): Promise<T[]> {
  const numbered = holds.map((hold, index) => ({ hold, index }));
  const calls = [...Map.groupBy(numbered, ({ hold }) => hold.productId)].flatMap(([productId, own]) =>
    Array.from({ length: Math.ceil(own.length / MAX_COMMANDS_PER_CALL) }, (_, nth) =>
      call(productId, own.slice(nth * MAX_COMMANDS_PER_CALL, (nth + 1) * MAX_COMMANDS_PER_CALL)),
    ),
  );
  return (await Promise.all(calls)).flat().toSorted((a, b) => a.index - b.index);
}

function envelopeOf({ orderId, seq, asked }: OrderRecord, command: Command, index: number): Envelope {
  const key = { id: `order:${orderId}#${seq}.${index}`, fingerprint: command.verb };
  return { command, actor: asked.actor, clamped: asked.clamped, key };
}

/** As the product wrote it. */
export function reservationView(body: string): ReservationView {
  const view: ReservationView = JSON.parse(body);
  return view;
}

export function codeOf({ result }: ProductAnswer): string | undefined {
  return result.ok ? undefined : result.refusal.code;
}

export function refusalsOf(answers: readonly ProductAnswer[]): Refusal[] {
  return answers.flatMap(({ result }) => (result.ok ? [] : [result.refusal]));
}
