/** One customer's order: placed, then sold, given back, or left alone. Each step is asked again, under its key, until it is answered. */
import { isDeepStrictEqual } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { reservation } from "../../scripts/answers.ts";
import type { Answer, ApiClient } from "../../scripts/api-client.ts";

const MAX_QUANTITY = 3;
const SCARCE_SHARE = 0.15;
/** Of orders that somebody ends: longer than the test. */
const LONG_SECONDS = 86_400;
const LEFT_SECONDS = 3;

interface Line {
  productId: string;
  quantity: number;
}
type Fate = "confirmed" | "released" | "expired";

const ROUTE: Record<Exclude<Fate, "expired">, string> = { confirmed: "confirm", released: "release" };

const shown = z.object({ state: z.string(), reservations: z.array(reservation) });
const refusal = z.object({ code: z.string() });

export function newOrder(orderId: string, { plenty, scarce }: { plenty: string[]; scarce: string }): Order {
  const wanted = plenty.toSorted(() => Math.random() - 0.5).slice(0, 2 + Math.floor(Math.random() * 3));
  if (Math.random() < SCARCE_SHARE) wanted.push(scarce);
  const lines = wanted.map((productId) => ({
    productId,
    quantity: 1 + Math.floor(Math.random() * MAX_QUANTITY),
  }));
  const dice = Math.random();
  return new Order(orderId, lines, dice < 0.55 ? "confirmed" : dice < 0.8 ? "released" : "expired");
}

export class Order {
  readonly orderId: string;
  readonly lines: Line[];
  became: Fate | "refused" | undefined;
  readonly #fate: Fate;
  #placed: Answer | undefined;
  #placedAt = 0;
  readonly #findings: string[] = [];

  constructor(orderId: string, lines: Line[], fate: Fate) {
    this.orderId = orderId;
    this.lines = lines;
    this.#fate = fate;
  }

  get isDone(): boolean {
    return this.became !== undefined;
  }

  /** False: something was not answered. */
  async goOn(api: ApiClient): Promise<boolean> {
    if (this.isDone) return true;
    try {
      this.#placed ??= await this.#place(api);
      if (!this.#placed) return false;
      if (this.#placed.status !== 201) this.became = "refused";
      else if (this.#fate === "expired") this.became = "expired";
      else if (await this.#end(api, this.#fate)) this.became = this.#fate;
      return this.isDone;
    } catch {
      return false;
    }
  }

  /** What it has come to, by what is shown of it now. */
  async findings(api: ApiClient): Promise<string[]> {
    if (this.became === "expired")
      await sleep(Math.max(0, this.#placedAt + LEFT_SECONDS * 1000 - Date.now()));
    const { status, body } = await api.ask(`GET /v1/orders/${this.orderId}`);
    const order = shown.safeParse(body).data;
    const said = `${this.orderId} ${this.became}: ${status} ${JSON.stringify(body)}`;
    if (this.became === "refused") {
      const isHeld = order?.reservations.some(({ state }) => state === "held" || state === "confirmed");
      return isHeld ? [...this.#findings, said] : this.#findings;
    }
    const units = order?.reservations.map(({ productId, quantity }) => ({ productId, quantity })) ?? [];
    const isWhole = isDeepStrictEqual(units.toSorted(byProduct), this.lines.toSorted(byProduct));
    const isOne = order?.reservations.every(({ state }) => state === this.became);
    if (!isWhole || !isOne) this.#findings.push(said);
    const again = await this.#ask(api);
    if (!isDeepStrictEqual(again, this.#placed && { ...this.#placed, replayed: true }))
      this.#findings.push(
        `${this.orderId} placed again: ${JSON.stringify(again)}, not ${JSON.stringify(this.#placed)}`,
      );
    return this.#findings;
  }

  #ask(api: ApiClient): Promise<Answer> {
    const ttlSeconds = this.#fate === "expired" ? LEFT_SECONDS : LONG_SECONDS;
    const body = { orderId: this.orderId, lines: this.lines, ttlSeconds };
    return api.ask("POST /v1/reservations", { body, key: `${this.orderId}-placed` });
  }

  async #place(api: ApiClient): Promise<Answer | undefined> {
    const answer = await this.#ask(api);
    if (answer.status >= 500) return undefined;
    this.#placedAt = Date.now();
    const isShort = refusal.safeParse(answer.body).data?.code === "insufficient_stock";
    if (answer.status !== 201 && !isShort) this.#findings.push(`${this.orderId}: ${JSON.stringify(answer)}`);
    return answer;
  }

  async #end(api: ApiClient, fate: Exclude<Fate, "expired">): Promise<boolean> {
    const { orderId } = this;
    const answer = await api.ask(`POST /v1/reservations/${ROUTE[fate]}`, {
      body: { orderId },
      key: `${orderId}-${fate}`,
    });
    if (answer.status >= 500) return false;
    if (answer.status !== 200) this.#findings.push(`${orderId} ${fate}: ${JSON.stringify(answer)}`);
    return true;
  }
}

function byProduct(a: Line, b: Line): number {
  return a.productId < b.productId ? -1 : 1;
}
