/**
 * Takes the book's events to the endpoint: in offset order, one after the other, each until it is delivered. The cursor moves
 * (in the store) only past what was delivered or what the filter leaves out, so a crash repeats at most one delivery and skips
 * none. Never rejects; a run is bounded in time, and what is left is for the next.
 */
import { eventJson, type Tail, type TailEvent, type WantedTail } from "../../d1/event-tail";
import type { DisabledReason, WebhookFilter } from "../../domain/webhook";
import {
  WEBHOOK_MAX_FAILURES,
  WEBHOOK_PAGE_EVENTS,
  WEBHOOK_READ_SPACING_MS,
  WEBHOOK_RETRY_MS,
  WEBHOOK_RUN_MS,
} from "../../limits";
import { pause } from "../../timeout";
import type { Attempt, Message } from "./attempt";
import { backOffMs } from "./retry";
import type { WebhookStore } from "./store";

export interface CourierDeps {
  store: WebhookStore;
  /** What the filter lets through from an offset on, from the primary. Rejects when the book cannot be read. */
  readWanted(from: { offset: number; limit: number }, filter: WebhookFilter): Promise<WantedTail>;
  /** Never rejects. */
  attempt(message: Message): Promise<Attempt>;
  disable(reason: DisabledReason): void;
  random(): number;
  log(what: string, error: unknown, facts?: Record<string, number>): void;
}

/** `more`: the book has more now. `end`: it had no more. `stop`: not before the alarm. */
type Progress = "more" | "end" | "stop";

export class Courier {
  /** When to go on although the book has not grown; null: nothing is left to do. */
  resumeAt: number | null = null;
  readonly #deps: CourierDeps;
  #busy = false;
  #run: Promise<void> = Promise.resolve();
  /** The book has grown, or the webhook has changed, during a run. */
  #again = false;
  #endReadAt = Number.NEGATIVE_INFINITY;

  constructor(deps: CourierDeps) {
    this.#deps = deps;
  }

  /** Delivers what there is, unless the endpoint is to be left alone. Resolves at the end of this run. */
  run(): Promise<void> {
    this.#again = this.#busy;
    if (this.#busy) return this.#run;
    this.#busy = true;
    this.#run = this.#go();
    return this.#run;
  }

  async #go(): Promise<void> {
    const until = Date.now() + WEBHOOK_RUN_MS;
    this.resumeAt = null;
    try {
      let progress: Progress = "more";
      while (progress === "more" && Date.now() < until) {
        this.#again = false;
        progress = await this.#page(until);
        if (progress === "end" && this.#again) progress = "more";
      }
      this.resumeAt = progress === "more" ? Date.now() : (this.#deps.store.webhook?.nextAttemptAt ?? null);
    } catch (error) {
      this.#deps.log("webhook: run broken off", error);
      this.resumeAt = Date.now() + WEBHOOK_RETRY_MS;
    } finally {
      this.#busy = false;
    }
  }

  async #page(until: number): Promise<Progress> {
    const { store } = this.#deps;
    await this.#spaced();
    const { webhook, epoch } = store;
    if (webhook?.status !== "active" || (webhook.nextAttemptAt ?? 0) > Date.now()) return "stop";
    const startedAt = Date.now();
    const from = { offset: webhook.nextOffset, limit: WEBHOOK_PAGE_EVENTS };
    const tail = await this.#deps.readWanted(from, webhook);
    if (store.epoch !== epoch) return "more";
    this.#fitCursor(tail);
    for (const event of tail.rows) {
      const progress = await this.#deliver(event, epoch);
      if (progress !== "more" || store.epoch !== epoch || Date.now() >= until) return progress;
    }
    const { nextOffset } = tail;
    if (nextOffset > store.known.nextOffset) store.change({ nextOffset });
    if (nextOffset <= (tail.newest ?? 0)) return "more";
    this.#endReadAt = startedAt;
    return "end";
  }

  /** Neighbours that come to the book's end soon after one another share a read. */
  async #spaced(): Promise<void> {
    const waitMs = this.#endReadAt + WEBHOOK_READ_SPACING_MS - Date.now();
    if (waitMs > 0) await pause(waitMs);
  }

  /** The cursor may point before what the book keeps, or, once the book was restored from a backup, past its end. */
  #fitCursor({ oldest, newest }: Tail): void {
    const { store, log } = this.#deps;
    const from = store.known.nextOffset;
    if (oldest !== null && from < oldest) {
      const missed = { from, to: oldest - 1 };
      store.change({ nextOffset: oldest, missed, failures: 0 });
      log("webhook: events were no longer kept", "the book begins later", missed);
    }
    if (newest !== null && from > newest + 1) {
      store.change({ nextOffset: newest + 1 });
      log("webhook: cursor moved back", "the book ends earlier", { from, to: newest + 1 });
    }
  }

  async #deliver(event: TailEvent, epoch: number): Promise<Progress> {
    const { store } = this.#deps;
    const { offset, type: eventType } = event;
    const { failures } = store.known;
    const { id, message } = messageOf(event);
    const attempt = await this.#deps.attempt(message);
    if (!store.webhook) return "stop";
    const at = Date.now();
    const { delivered, httpStatus, error, durationMs } = attempt;
    const said = { delivered, httpStatus, error, durationMs, at };
    store.record({ offset, eventId: id, eventType, attempt: failures + 1, ...said });
    // It was sent somewhere else, or the cursor was moved, meanwhile: what came of it says nothing any more.
    if (store.epoch !== epoch) return "more";
    if (delivered) {
      store.change({ nextOffset: offset + 1, failures: 0, nextAttemptAt: null, lastDeliveredAt: at });
      return "more";
    }
    this.#fail(event, failures + 1, attempt);
    return "stop";
  }

  #fail({ offset }: TailEvent, failures: number, { gone, retryAfterMs }: Attempt): void {
    const { store, disable, random } = this.#deps;
    const waitMs = Math.max(backOffMs(failures, random()), retryAfterMs);
    store.change({ nextOffset: offset, failures, nextAttemptAt: Date.now() + waitMs });
    if (gone) disable("gone");
    else if (failures >= WEBHOOK_MAX_FAILURES) disable("repeated_failure");
  }
}

/** As Standard Webhooks has it: a type, a time, the data; the message id is the same whenever the event is sent. */
function messageOf(event: TailEvent): { id: string; message: Message } {
  const { id, at } = JSON.parse(event.body) as { id: string; at: string };
  const { offset, type } = event;
  const head = `{"type":${JSON.stringify(type)},"timestamp":${JSON.stringify(at)}`;
  return { id, message: { messageId: `evt_${offset}`, body: `${head},"data":${eventJson(event)}}` } };
}
