/** When the book showed each hold, by one who reads its events all the time. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { readEventPage } from "../../scripts/answers.ts";
import type { ApiClient } from "../../scripts/api-client.ts";

const POLL_MS = 40;

const held = z.object({ reservationId: z.string() });

export class BookWatch implements AsyncDisposable {
  readonly seenAtById = new Map<string, number>();
  /** The next that it wants. */
  offset: number;
  readonly #api: ApiClient;
  readonly #watching: Promise<void>;
  #stopped = false;

  constructor(api: ApiClient, fromOffset: number) {
    this.#api = api;
    this.offset = fromOffset;
    this.#watching = this.#watch();
  }

  /** Waits for the holds to be seen and answers those that were not. */
  async until(reservationIds: string[], timeoutMs: number): Promise<string[]> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const missing = reservationIds.filter((id) => !this.seenAtById.has(id));
      if (missing.length === 0 || performance.now() > deadline) return missing;
      await sleep(POLL_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      // While the server is away there is nothing to see.
      const more = await this.#look().catch(() => false);
      if (!more) await sleep(POLL_MS);
    }
  }

  async #look(): Promise<boolean> {
    const page = await readEventPage(this.#api, this.offset);
    const now = performance.now();
    for (const { type, data } of page.events)
      if (type === "reservation.held") this.seenAtById.set(held.parse(data).reservationId, now);
    this.offset = page.nextOffset;
    return page.hasMore;
  }
}
