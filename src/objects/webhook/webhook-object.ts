/**
 * One endpoint that follows the log: its settings, its cursor, its attempts. It reorders and skips nothing: the cursor moves
 * only past what was delivered or what the filter leaves out, and is written down before anything else is sent. The alarm is
 * the motor of retries and the safety net: an active webhook looks by itself whether the log has more.
 */
import { DurableObject } from "cloudflare:workers";
import { ulid } from "ulid";
import { readWholeLog } from "../../archive/whole-log";
import { webhookView, type BookEnds, type Delivery, type WebhookAnswer } from "../../domain/webhook";
import { readConfig } from "../../env";
import { ledgerOf } from "../../ledgers";
import * as limits from "../../limits";
import { logError } from "../../telemetry/log";
import { withTimeout } from "../../timeout";
import { Alarm } from "../flow/alarm";
import type { WatcherAnswer } from "../flow/notifier";
import { followLog } from "../log/follow";
import { attempt, type Attempt, type Message } from "./attempt";
import { createWebhook, editWebhook, replayWebhook, UNKNOWN } from "./changes";
import type { NewWebhook, WebhookPatch } from "./changes";
import { Dispatcher } from "./dispatcher";
import { WebhookStore, type Outcome, type RequestKey } from "./store";
import { WebhookOutbox } from "./webhook-outbox";

/** What comes with a request. `ends`: null when the book cannot be read at the moment. */
export interface Asked<Ends = BookEnds | null> {
  ends: Ends;
  actor: string;
  key?: RequestKey;
}

export class WebhookObject extends DurableObject<Env> {
  readonly #webhookId = this.ctx.id.name ?? "";
  readonly #store = new WebhookStore(
    this.ctx.storage,
    this.#webhookId,
    readConfig(this.env).idempotencyRetentionMs,
  );
  readonly #dispatcher = new Dispatcher({
    store: this.#store,
    follow: (filter) => followLog(this.env, `webhook:${this.#webhookId}`, filter),
    read: (query) => readWholeLog(this.env, query),
    attempt: (message) => this.#attempt(message),
    onWaiting: () => this.#goOn(),
    log: (what, error, facts) => this.#log(what, error, facts),
  });
  readonly #outbox = new WebhookOutbox(
    this.#store,
    (entry) => ledgerOf(this.env, entry.productId).append(entry),
    (error, failures) => {
      if (failures === 1) this.#log("webhook: its own event is not in the log", error);
      this.#alarm.arm();
    },
  );
  readonly #alarm = new Alarm(this.ctx.storage, () => this.#dueAt());

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    if (this.#store.webhook) void ctx.blockConcurrencyWhile(() => this.#alarm.recover());
  }

  /** A ledger says that the log has grown. Answers at once, with what it wants to know of; deliveries go on by themselves. */
  bookGrew(): WatcherAnswer {
    const { webhook } = this.#store;
    if (webhook?.status !== "active") {
      this.#dispatcher.unfollow();
      return { listening: false };
    }
    this.#dispatcher.wake();
    const { types, productIds } = webhook;
    return { listening: true, wants: { types, productIds } };
  }

  /** A ledger that had turned this webhook's own event away reaches the book again. */
  bookIsBack(): void {
    // Never rejects.
    if (this.#hasOwnEvents) void this.#outbox.drain();
  }

  /** Makes it; once there, it stays as it is. */
  create(wanted: NewWebhook, { ends, key }: Asked<BookEnds>): WebhookAnswer {
    return this.#change(key, () => createWebhook(this.#place(ends), wanted));
  }

  /** JSON; null: there is none of this id. */
  async view(ends: BookEnds | null): Promise<string | null> {
    // It is not behind with what it does not want: what the ledgers cannot say of that, it reads.
    if (this.#active && this.#isBehind(ends)) {
      const skipped = this.#dispatcher.follow();
      await skipped.catch((error: unknown) => this.#log("webhook: the log is not followed", error));
    }
    if (this.#active && this.#isBehind(ends)) this.#dispatcher.wake();
    const { webhook } = this.#store;
    return webhook ? JSON.stringify(webhookView(this.#webhookId, webhook, ends)) : null;
  }

  edit(patch: WebhookPatch, { ends, actor, key }: Asked): WebhookAnswer {
    return this.#change(key, () => editWebhook(this.#place(ends), patch, actor));
  }

  /** Moves the cursor back. */
  replay(fromOffset: number, { ends, key }: Asked<BookEnds>): WebhookAnswer {
    return this.#change(key, () => replayWebhook(this.#place(ends), fromOffset));
  }

  /** Sends a message at once, beside the events and whatever its status is. (No RPC reaches a method called `test`.) */
  async sendTest(key?: RequestKey): Promise<WebhookAnswer> {
    const known = this.#store.answered(key);
    if (known) return known;
    if (!this.#store.webhook) return UNKNOWN;
    const timestamp = new Date().toISOString();
    const body = JSON.stringify({ type: "webhook.test", timestamp, data: { webhookId: this.#webhookId } });
    const attempted = await this.#attempt({ messageId: `test_${ulid()}`, body });
    const { gone: _, retryAfterMs: __, ...outcome } = attempted;
    return this.#store.once(key, () => (this.#store.webhook ? JSON.stringify(outcome) : UNKNOWN));
  }

  /** Newest first, those before `beforeSeq`; null: there is no webhook of this id. */
  deliveries(limit: number, beforeSeq?: number): { seq: number; delivery: Delivery }[] | null {
    if (!this.#store.webhook) return null;
    return this.#store.deliveries(beforeSeq ?? Number.MAX_SAFE_INTEGER, limit);
  }

  /** Deletes everything. False: there was nothing. */
  async forget(): Promise<boolean> {
    if (!this.#store.webhook) return false;
    // What the book does not have yet goes there first, if it can be reached.
    if (this.#hasOwnEvents) await this.#outbox.drain();
    this.#store.forget();
    this.#alarm.forget();
    await this.ctx.storage.deleteAll();
    return true;
  }

  override alarm(): Promise<void> {
    const work = async () => {
      this.#store.pruneKeys();
      if (this.#hasOwnEvents) await this.#outbox.drain();
      const delivered = withTimeout(this.#dispatcher.check(), limits.WEBHOOK_ALARM_WAIT_MS, "deliveries");
      await delivered.catch(() => undefined);
    };
    return this.#alarm.run(work, { webhookId: this.#webhookId });
  }

  #isBehind(ends: BookEnds | null): boolean {
    return (ends?.newest ?? 0) >= this.#store.known.nextOffset;
  }

  get #active(): boolean {
    return this.#store.webhook?.status === "active";
  }

  /** There is something that the log must still get. */
  get #hasOwnEvents(): boolean {
    return this.#store.nextOutboxEvent(0) !== undefined;
  }

  #place<Ends extends BookEnds | null>(ends: Ends) {
    return { store: this.#store, ends, now: Date.now() };
  }

  /** Armed before the answer goes out: whatever happens to what is begun here, the alarm does it again. */
  #change(key: RequestKey | undefined, act: () => Outcome): WebhookAnswer {
    const answer = this.#store.once(key, act);
    this.#alarm.arm();
    // Never rejects.
    if (this.#active) void this.#dispatcher.check();
    else if (this.#hasOwnEvents) this.#outbox.nudge();
    return answer;
  }

  #goOn(): void {
    this.#alarm.arm();
    if (this.#hasOwnEvents) this.#outbox.nudge();
  }

  #attempt(message: Message): Promise<Attempt> {
    const deps = {
      fetch: (url: string, init: RequestInit) => fetch(url, init),
      timeoutMs: limits.WEBHOOK_ATTEMPT_TIMEOUT_MS,
      allowsLocalhost: readConfig(this.env).webhookAllowsLocalhost,
    };
    return attempt(deps, this.#store.known, message);
  }

  #dueAt(): (number | null)[] {
    const now = Date.now();
    return [
      this.#active ? now + limits.WEBHOOK_CHECK_MS : null,
      this.#active ? this.#dispatcher.resumeAt : null,
      this.#hasOwnEvents ? (this.#outbox.retryAt ?? now + limits.DRAIN_ALARM_MS) : null,
    ];
  }

  #log(what: string, error: unknown, facts: Record<string, number> = {}): void {
    logError(what, error, { webhookId: this.#webhookId, ...facts });
  }
}
