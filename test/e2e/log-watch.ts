/** One who follows the log all the time, over restarts and whatever is restored meanwhile: which event it has seen at which offset. */
import { z } from "zod";
import { eventPage } from "../../scripts/answers.ts";
import type { ApiClient } from "../../scripts/api-client.ts";
import { keepLooking, unseen } from "./keep-looking.ts";

const EVENTS_PER_PAGE = 1000;

const expired = z.object({ code: z.literal("offset_expired"), oldestOffset: z.number() });
const held = z.object({ reservationId: z.string() });

export class LogWatch implements AsyncDisposable {
  readonly idByOffset = new Map<number, string>();
  readonly seenIds = new Set<string>();
  readonly seenHolds = new Set<string>();
  /** What it should not have been told. */
  readonly findings: string[] = [];
  /** It was told that it was too late, and went on where it was told to. */
  expired = 0;
  next = 1;
  readonly #api: ApiClient;
  readonly #looking: AsyncDisposable;

  constructor(api: ApiClient) {
    this.#api = api;
    this.#looking = keepLooking(() => this.#look());
  }

  /** Waits until it has these events; answers those that it has not. */
  until(ids: string[], timeoutMs: number): Promise<string[]> {
    return unseen(ids, (id) => this.seenIds.has(id), timeoutMs);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#looking[Symbol.asyncDispose]();
  }

  async #look(): Promise<boolean> {
    const path = `GET /v1/inventory/events?limit=${EVENTS_PER_PAGE}&offset=${this.next}`;
    const { status, body } = await this.#api.ask(path);
    if (status === 410) {
      this.expired += 1;
      this.next = expired.parse(body).oldestOffset;
      return true;
    }
    if (status !== 200) return false;
    const { events, nextOffset, hasMore } = eventPage.parse(body);
    for (const { offset, id, type, data } of events) {
      const before = this.idByOffset.get(offset);
      if (before !== undefined && before !== id)
        this.findings.push(`offset ${offset} was ${before}, then ${id}`);
      this.idByOffset.set(offset, id);
      this.seenIds.add(id);
      if (type === "reservation.held") this.seenHolds.add(held.parse(data).reservationId);
    }
    if (nextOffset < this.next) this.findings.push(`after ${this.next} the log goes on at ${nextOffset}`);
    this.next = Math.max(this.next, nextOffset);
    return hasMore;
  }
}
