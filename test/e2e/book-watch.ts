/** When the book showed each hold, by one who reads its events all the time. */
import { z } from "zod";
import { readEventPage } from "../../scripts/answers.ts";
import type { ApiClient } from "../../scripts/api-client.ts";
import { keepLooking, unseen } from "./keep-looking.ts";

const held = z.object({ reservationId: z.string() });

export class BookWatch implements AsyncDisposable {
  readonly seenAtById = new Map<string, number>();
  /** The next that it wants. */
  offset: number;
  readonly #api: ApiClient;
  readonly #looking: AsyncDisposable;

  constructor(api: ApiClient, fromOffset: number) {
    this.#api = api;
    this.offset = fromOffset;
    this.#looking = keepLooking(() => this.#look());
  }

  /** Waits for the holds to be seen and answers those that were not. */
  until(reservationIds: string[], timeoutMs: number): Promise<string[]> {
    return unseen(reservationIds, (id) => this.seenAtById.has(id), timeoutMs);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#looking[Symbol.asyncDispose]();
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
