/**
 * Takes the log's events to the endpoint: in offset order, one after the other, each until it is delivered. The cursor moves
 * (in the store) only past what was delivered or what the filter leaves out, so a crash repeats at most one delivery and skips
 * none.
 */
import * as z from "zod";
import { eventJson, type LogEvent, type LogPage, type LogQuery } from "../../d1/event-tail";
import type { Stretch } from "../../d1/projection";
import type { DisabledReason, WebhookFilter } from "../../domain/webhook";
import * as limits from "../../limits";
import { count, observe } from "../../telemetry/meter-buffer";
import { backoffMs } from "../flow/backoff";
import { nextWanted } from "../log/follow";
import { LogReader, type Taken } from "../log/log-reader";
import type { Attempt, Message } from "./attempt";
import type { WebhookStore } from "./store";

export interface DispatcherDeps {
  store: WebhookStore;
  /** Asks the ledgers to notify of what the filter lets through; answers where they know of nothing. May reject. */
  follow(filter: WebhookFilter): Promise<Stretch[]>;
  /** Rejects when the book cannot be read. */
  read(query: LogQuery): Promise<LogPage>;
  /** Never rejects. */
  attempt(message: Message): Promise<Attempt>;
  /** It goes on at `resumeAt`, or is disabled. */
  onWaiting(): void;
  log(what: string, error: unknown, facts?: Record<string, number>): void;
}

export class Dispatcher extends LogReader {
  /** The store's when the page under way was asked for. */
  #epoch = 0;

  constructor(private readonly deps: DispatcherDeps) {
    super((query) => deps.read(query), {
      spacingMs: limits.WEBHOOK_READ_SPACING_MS,
      backoff: limits.WEBHOOK_READ_BACKOFF,
      retriesByAlarm: true,
      onFailure: (error) => {
        deps.log("webhook: the log cannot be read", error);
        deps.onWaiting();
      },
    });
  }

  /** When the object's alarm has to call `check`, though the log has not grown; null: nothing waits for that. */
  get resumeAt(): number | null {
    return this.retryAt ?? this.deps.store.webhook?.nextAttemptAt ?? null;
  }

  /** Moves the cursor over what the ledgers know to hold nothing for this webhook: that need not be read. */
  override async follow(): Promise<void> {
    const { store } = this.deps;
    const { epoch } = store;
    const { types, productIds } = store.known;
    const unwanted = await this.deps.follow({ types, productIds });
    if (store.epoch !== epoch) return;
    const nextOffset = nextWanted(store.known.nextOffset, unwanted);
    if (nextOffset > store.known.nextOffset) store.change({ nextOffset });
  }

  protected override next(): LogQuery | undefined {
    const { webhook, epoch } = this.deps.store;
    if (webhook?.status !== "active" || (webhook.nextAttemptAt ?? 0) > Date.now()) return undefined;
    this.#epoch = epoch;
    const { nextOffset, types, productIds } = webhook;
    return { offset: nextOffset, limit: limits.WEBHOOK_PAGE_EVENTS, filter: { types, productIds } };
  }

  protected override async take(page: LogPage): Promise<Taken> {
    const { store } = this.deps;
    const epoch = this.#epoch;
    if (store.epoch !== epoch) return "again";
    this.#fitCursor(page);
    for (const event of page.rows) {
      const taken = await this.#deliver(event, epoch);
      if (taken !== "read") return taken;
    }
    if (page.nextOffset > store.known.nextOffset) store.change({ nextOffset: page.nextOffset });
    return "read";
  }

  /** The cursor may point before what the book keeps, or, once the book was restored from a backup, past its end. */
  #fitCursor({ oldest, newest }: LogPage): void {
    const { store, log } = this.deps;
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

  async #deliver(event: LogEvent, epoch: number): Promise<Taken> {
    const { store } = this.deps;
    const { offset, type: eventType } = event;
    const { failures } = store.known;
    const { id, message, happenedAt } = messageOf(event);
    const attempt = await this.deps.attempt(message);
    if (!store.webhook) return "stop";
    const at = Date.now();
    count("holdfast_webhook_attempts_total", { outcome: attempt.delivered ? "delivered" : "failed" });
    const { delivered, httpStatus, error, durationMs } = attempt;
    const outcome = { delivered, httpStatus, error, durationMs, at };
    store.record({ offset, eventId: id, eventType, attempt: failures + 1, ...outcome });
    // It was sent somewhere else, or the cursor was moved, meanwhile: what came of it says nothing any more.
    if (store.epoch !== epoch) return "again";
    if (delivered) {
      observe("holdfast_webhook_lag_seconds", {}, Math.max(0, at - happenedAt) / 1000);
      store.change({ nextOffset: offset + 1, failures: 0, nextAttemptAt: null, lastDeliveredAt: at });
      return "read";
    }
    this.#fail(event, failures + 1, attempt);
    return "stop";
  }

  #fail({ offset }: LogEvent, failures: number, { gone, retryAfterMs }: Attempt): void {
    const { store } = this.deps;
    const waitMs = Math.max(backoffMs(failures, limits.WEBHOOK_BACKOFF), retryAfterMs);
    store.change({ nextOffset: offset, failures, nextAttemptAt: Date.now() + waitMs });
    if (gone) this.#disable("gone");
    else if (failures >= limits.WEBHOOK_MAX_FAILURES) this.#disable("repeated_failure");
    this.deps.onWaiting();
  }

  #disable(reason: DisabledReason): void {
    this.deps.store.disable({ reason, actor: "system", at: Date.now() });
    this.deps.log("webhook: disabled", reason);
  }
}

const eventHead = z.object({ id: z.string(), at: z.string() });

/** As Standard Webhooks has it: a type, a time, the data; the message id is the same whenever the event is sent. */
function messageOf(event: LogEvent): { id: string; message: Message; happenedAt: number } {
  const { id, at } = eventHead.parse(JSON.parse(event.body));
  const { offset, type } = event;
  const head = `{"type":${JSON.stringify(type)},"timestamp":${JSON.stringify(at)}`;
  const message = { messageId: `evt_${offset}`, body: `${head},"data":${eventJson(event)}}` };
  return { id, message, happenedAt: Date.parse(at) };
}
