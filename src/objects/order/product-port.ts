/** How an order speaks to its products: commands for its holds, in as few calls as there may be, and questions. */
import type { Command, Envelope, Query, ReadResult, Result } from "../../domain/command";
import type { ReservationView } from "../../domain/order";
import type { Refusal } from "../../domain/refusal";
import { MAX_COMMANDS_PER_CALL, ORDER_CALL_TIMEOUT_MS } from "../../limits";
import { productObject } from "../../products";
import { withTimeout } from "../../timeout";
import { heldFor, type OrderHold, type OrderRecord } from "./order-record";

export interface ProductAnswer {
  productId: string;
  result: Result;
}

export interface HoldAnswer extends ProductAnswer {
  hold: OrderHold;
}

interface NumberedHold {
  hold: OrderHold;
  index: number;
}

const INTERNAL: Result = { ok: false, refusal: { code: "internal" } };

/** Rejects when a product cannot be reached: whether it decided is then not known. */
export class ProductPort {
  /** `isDryRun`: nothing that goes through it is done or remembered. */
  constructor(
    private readonly env: Env,
    private readonly isDryRun = false,
  ) {}

  get dryRun(): ProductPort {
    return new ProductPort(this.env, true);
  }

  /** A command that is about no hold yet. */
  async sendToProduct(record: OrderRecord, productId: string, command: Command): Promise<ProductAnswer> {
    const [result = INTERNAL] = await this.#execute(productId, [this.#envelope(record, command, 0)]);
    return { productId, result };
  }

  /** A command for each hold that what was asked is about; products in parallel, in the order of the holds. */
  sendToHolds(record: OrderRecord, command: (ulid: string) => Command): Promise<HoldAnswer[]> {
    return byProduct(heldFor(record), async (productId, numbered) => {
      const envelopes = numbered.map(({ hold, index }) => this.#envelope(record, command(hold.ulid), index));
      const results = await this.#execute(productId, envelopes);
      return numbered.map((one, at) => ({ ...one, productId, result: results[at] ?? INTERNAL }));
    });
  }

  /** How holds stand now. `view` is undefined: the product has no such reservation any more. */
  readHolds(holds: readonly OrderHold[], clamped: boolean) {
    return byProduct(holds, async (productId, numbered) => {
      const queries = numbered.map(({ hold: { ulid } }): Query => ({ view: "reservation", ulid, clamped }));
      const reading: Promise<ReadResult[]> = productObject(this.env, productId).readAll(queries);
      const results = await withTimeout(reading, ORDER_CALL_TIMEOUT_MS, "product");
      return numbered.map((one, at) => {
        const result = results[at];
        return { ...one, view: result?.ok ? reservationView(result.body) : undefined };
      });
    });
  }

  #envelope({ orderId, seq, asked }: OrderRecord, command: Command, index: number): Envelope {
    const key = { id: `order:${orderId}#${seq}.${index}`, fingerprint: command.verb };
    const { actor, clamped } = asked;
    return { command, actor, clamped, ...(!this.isDryRun && { key }) };
  }

  #execute(productId: string, envelopes: Envelope[]): Promise<Result[]> {
    const product = productObject(this.env, productId);
    const executing: Promise<Result[]> = product.execute(envelopes, { dryRun: this.isDryRun });
    return withTimeout(executing, ORDER_CALL_TIMEOUT_MS, "product");
  }
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
