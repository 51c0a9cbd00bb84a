/** Shops and readers that go on while the code behind them changes, and note every answer that is not right. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { reservation, stock, type Stock } from "../../scripts/answers.ts";
import type { ApiClient } from "../../scripts/api-client.ts";
import { errorText } from "../../scripts/command.ts";
import { startConnections } from "./connections.ts";
import { KeyedRequest } from "./keyed-load.ts";

const SHOPPERS = 5;
const RETRY_MS = 100;
const PAUSE_MS = 20;

const list = z.object({ items: z.array(stock) });
const holds = z.object({ items: z.array(reservation) });
const eventPage = z.object({ events: z.array(z.object({ offset: z.number() })), nextOffset: z.number() });
const order = z.object({ orderId: z.string(), state: z.literal("held"), reservations: z.array(z.unknown()) });

/** Then, and only then, D1 may have no time for who reads the book. */
export const MIGRATING = "while the book is migrated";
const BOOK_READS = /^GET .v1.(inventory\?|inventory.events|reservations\?)/;

export class UpgradeLoad {
  readonly requests: KeyedRequest[] = [];
  readonly findings: string[] = [];
  /** For findings. */
  phase = "old code, old book";
  readonly #answersByPhase = new Map<string, number>();
  /** Asked again, where that is as it should be. */
  #repeats = 0;
  #inGap = 0;
  #gaps = 0;
  readonly #productIds: string[];
  readonly #api: ApiClient;
  readonly #versionById = new Map<string, number>();
  #nextOffset = 1;
  readonly #shoppers;
  readonly #reader;

  constructor(api: ApiClient, productIds: string[]) {
    this.#api = api;
    this.#productIds = productIds;
    this.#shoppers = startConnections(SHOPPERS, async () => {
      await this.#shop();
      await sleep(PAUSE_MS);
    });
    const reads = [
      () => this.#readStock(),
      () => this.#readList(),
      () => this.#readEvents(),
      () => this.#readHolds(),
      () => this.#readOrder(),
    ];
    this.#reader = startConnections(1, async () => {
      for (const read of reads) await read();
      await sleep(PAUSE_MS);
    });
  }

  /** Nobody answers until what this answers is called. */
  beginGap(): () => void {
    this.#inGap += 1;
    this.#gaps += 1;
    return () => {
      this.#inGap -= 1;
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.#shoppers.stop(), this.#reader.stop()]);
  }

  summary(): string {
    const answers = [...this.#answersByPhase].map(([phase, count]) => `${phase}: ${count} answers`);
    return `${answers.join("; ")}; ${this.#repeats} asked again`;
  }

  /** Reserves, and sells half of it; goes on with the same key until it is answered. */
  async #shop(): Promise<void> {
    const key = `up-${this.requests.length}-${Math.random().toString(36).slice(2)}`;
    const productId = this.#anyProduct();
    const quantity = 1 + (this.requests.length % 3);
    const body = { quantity, orderId: key };
    const request = `POST /v1/inventory/${productId}/reserve`;
    const reserve = new KeyedRequest({ verb: "reserve", productId, quantity, request, body, key });
    await this.#untilApplied(reserve);
    const { reservationId } = reserve;
    if (reservationId === undefined || Math.random() < 0.5) return;
    const sell = `POST /v1/reservations/${reservationId}/confirm`;
    const confirm = {
      verb: "confirm" as const,
      productId,
      quantity,
      request: sell,
      body: {},
      key: `${key}-paid`,
    };
    await this.#untilApplied(new KeyedRequest(confirm, reservationId));
  }

  async #untilApplied(request: KeyedRequest): Promise<void> {
    this.requests.push(request);
    await this.#answered(request.asked.request, async () => {
      const answer = await request.send(this.#api);
      request.settle(answer);
      return answer;
    });
    if (request.answer && !request.applied)
      this.#find(`${request.asked.key}: ${JSON.stringify(request.answer)}`);
  }

  /** The truth, whose version never falls. */
  async #readStock(): Promise<void> {
    const path = `/v1/inventory/${this.#anyProduct()}`;
    await this.#read(stock, path, (seen) => this.#seen("object", seen));
  }

  /** Of the book: behind, but never backwards. */
  async #readList(): Promise<void> {
    await this.#read(list, "/v1/inventory?limit=100", ({ items }) => {
      for (const one of items) this.#seen("list", one);
      const missing = this.#productIds.filter((id) => !items.some(({ productId }) => productId === id));
      if (missing.length > 0) this.#find(`the list lacks ${missing.join(", ")}`);
    });
  }

  async #readEvents(): Promise<void> {
    await this.#read(
      eventPage,
      `/v1/inventory/events?offset=${this.#nextOffset}`,
      ({ events, nextOffset }) => {
        events.forEach(({ offset }, index) => {
          if (offset !== this.#nextOffset + index)
            this.#find(`offset ${offset} after ${this.#nextOffset + index - 1}`);
        });
        this.#nextOffset = nextOffset;
      },
    );
  }

  async #readHolds(): Promise<void> {
    const productId = this.#anyProduct();
    await this.#read(holds, `/v1/reservations?productId=${productId}`, ({ items }) => {
      const others = items.filter((one) => one.productId !== productId);
      if (others.length > 0) this.#find(`holds of ${productId}: ${JSON.stringify(others)}`);
    });
  }

  /** One that the release had recorded. */
  async #readOrder(): Promise<void> {
    await this.#read(order, "/v1/orders/ORD-held", ({ reservations }) => {
      if (reservations.length !== 2) this.#find(`ORD-held has ${reservations.length} reservations`);
    });
  }

  #seen(where: string, { productId, version, onHand, reserved, available }: Stock): void {
    const name = `${where} ${productId}`;
    const known = this.#versionById.get(name) ?? 0;
    if (version < known) this.#find(`${name} goes from version ${known} back to ${version}`);
    this.#versionById.set(name, version);
    const isOwn = this.#productIds.includes(productId);
    if (isOwn && available !== onHand - reserved)
      this.#find(`${name}: ${onHand} - ${reserved} = ${available}`);
  }

  async #read<T>(schema: z.ZodType<T>, path: string, check: (answer: T) => void): Promise<void> {
    const answer = await this.#answered(`GET ${path}`, () => this.#api.ask(`GET ${path}`));
    const { data, error } = schema.safeParse(answer?.body);
    if (data !== undefined && answer?.status === 200) check(data);
    else if (answer)
      this.#find(`GET ${path} answers ${JSON.stringify(answer).slice(0, 300)} (${error?.message})`);
  }

  /** Asks again while there is no answer. None, and 5xx, is as it should be in the gap, and where D1 migrates what is read. */
  async #answered<T extends { status: number }>(what: string, ask: () => Promise<T>): Promise<T | undefined> {
    for (;;) {
      const { phase } = this;
      const gaps = this.#gaps;
      const wasInGap = this.#inGap > 0;
      const tried = await ask().catch((error: unknown) => errorText(error));
      if (typeof tried !== "string" && tried.status < 500) {
        this.#answersByPhase.set(phase, (this.#answersByPhase.get(phase) ?? 0) + 1);
        return tried;
      }
      const isBusy = phase === MIGRATING && typeof tried !== "string" && tried.status === 503;
      const isExpected = (isBusy && BOOK_READS.test(what)) || wasInGap || this.#gaps !== gaps;
      if (isExpected) this.#repeats += 1;
      else {
        this.#find(`${what}: ${JSON.stringify(tried).slice(0, 300)}`, phase);
        if (this.findings.length > 100) return undefined;
      }
      await sleep(RETRY_MS);
    }
  }

  #anyProduct(): string {
    return this.#productIds[Math.floor(Math.random() * this.#productIds.length)] ?? "";
  }

  #find(text: string, phase = this.phase): void {
    this.findings.push(`${phase}: ${text}`);
  }
}
