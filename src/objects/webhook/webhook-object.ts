/**
 * One endpoint that follows the book: its settings, its cursor, its attempts. It reorders and skips nothing: the cursor moves
 * only past what was delivered or what the filter leaves out, and is written down before anything else is sent. The alarm is
 * the motor of retries and the safety net: an active webhook looks by itself whether the book has more.
 */
import { DurableObject } from "cloudflare:workers";
import { ulid } from "ulid";
import { readWanted } from "../../d1/event-tail";
import type { Stretch } from "../../d1/projection";
import {
  webhookView,
  type BookEnds,
  type Delivery,
  type WebhookAnswer,
  type WebhookFilter,
} from "../../domain/webhook";
import { readConfig } from "../../env";
import {
  DRAIN_ALARM_MS,
  LEDGER_CALL_TIMEOUT_MS,
  WEBHOOK_ATTEMPT_TIMEOUT_MS,
  WEBHOOK_CHECK_MS,
} from "../../limits";
import { logError } from "../../telemetry/log";
import { withTimeout } from "../../timeout";
import type { WatcherAnswer } from "../live/watchers";
import type { Outbox } from "../product/outbox";
import { newAnnouncementOutbox, type AnnouncementTrip } from "./announcement";
import { attempt, type Attempt, type Message } from "./attempt";
import {
  createWebhook,
  editWebhook,
  replayWebhook,
  UNKNOWN,
  type NewWebhook,
  type WebhookPatch,
} from "./changes";
import { Courier } from "./courier";
import { KeyedAnswers, type RequestKey } from "./keyed-answers";
import { WebhookStore } from "./store";

/** What comes with a request. `ends`: null when the book cannot be read at the moment. */
export interface Asked<Ends = BookEnds | null> {
  ends: Ends;
  actor: string;
  key?: RequestKey;
}

export class WebhookObject extends DurableObject<Env> {
  readonly #webhookId: string;
  readonly #store: WebhookStore;
  readonly #answers: KeyedAnswers;
  readonly #courier: Courier;
  readonly #outbox: Outbox<AnnouncementTrip>;
  #armedAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#webhookId = ctx.id.name ?? "";
    this.#store = new WebhookStore(ctx.storage.sql);
    this.#answers = new KeyedAnswers({
      store: this.#store,
      transaction: (work) => ctx.storage.transactionSync(work),
      retentionMs: readConfig(env).idempotencyRetentionMs,
    });
    this.#courier = this.#newCourier();
    this.#outbox = this.#newOutbox();
    if (this.#store.webhook) void ctx.blockConcurrencyWhile(() => this.#recover());
  }

  /** The ledger says that the book has grown. Answers at once, with what it wants to be told of; deliveries go on by themselves. */
  bookGrew(): WatcherAnswer {
    const { webhook } = this.#store;
    if (webhook?.status !== "active") return { listening: false };
    void this.#deliver();
    return { listening: true, wants: filterOf(webhook) };
  }

  /** Makes it; once there, it stays as it is. */
  create(wanted: NewWebhook, { ends, key }: Asked<BookEnds>): WebhookAnswer {
    const answer = this.#answers.once(key, () => createWebhook(this.#place(ends), wanted));
    this.#afterChange();
    return answer;
  }

  /** JSON; null: there is none of this id. */
  async view(ends: BookEnds | null): Promise<string | null> {
    // It is not behind with what it does not want: what the ledger cannot say of that, it reads.
    if (this.#active && this.#behind(ends)) await this.#askToBeTold();
    if (this.#active && this.#behind(ends)) void this.#deliver();
    const { webhook } = this.#store;
    return webhook ? JSON.stringify(webhookView(this.#webhookId, webhook, ends)) : null;
  }

  edit(patch: WebhookPatch, { ends, actor, key }: Asked): WebhookAnswer {
    const answer = this.#answers.once(key, () => editWebhook(this.#place(ends), patch, actor));
    this.#afterChange();
    return answer;
  }

  /** Moves the cursor back. */
  replay(fromOffset: number, { ends, key }: Asked<BookEnds>): WebhookAnswer {
    const answer = this.#answers.once(key, () => replayWebhook(this.#place(ends), fromOffset));
    this.#afterChange();
    return answer;
  }

  /** Sends a message at once, beside the events and whatever its status is. (No RPC reaches a method called `test`.) */
  async sendTest(key?: RequestKey): Promise<WebhookAnswer> {
    const known = this.#answers.answered(key);
    if (known) return known;
    if (!this.#store.webhook) return UNKNOWN;
    const timestamp = new Date().toISOString();
    const body = JSON.stringify({ type: "webhook.test", timestamp, data: { webhookId: this.#webhookId } });
    const { gone: _, retryAfterMs: __, ...told } = await this.#attempt({ messageId: `test_${ulid()}`, body });
    return this.#answers.once(key, () => (this.#store.webhook ? JSON.stringify(told) : UNKNOWN));
  }

  /** Newest first, those before `beforeSeq`; null: there is no webhook of this id. */
  deliveries(limit: number, beforeSeq?: number): { seq: number; delivery: Delivery }[] | null {
    if (!this.#store.webhook) return null;
    return this.#store.deliveries(beforeSeq ?? Number.MAX_SAFE_INTEGER, limit);
  }

  /** Deletes everything. False: there was nothing. */
  async forget(): Promise<boolean> {
    if (!this.#store.webhook) return false;
    // What the book has not been told is told first, if the book can be reached.
    if (this.#announces) await this.#announce();
    this.#store.forget();
    this.#armedAt = null;
    await this.ctx.storage.deleteAll();
    return true;
  }

  /** Never throws: an alarm that fails six times is dropped by the platform. */
  override async alarm(): Promise<void> {
    // Until this ends the platform runs it again after a crash; nothing needs to be armed meanwhile.
    this.#armedAt = Number.NEGATIVE_INFINITY;
    try {
      if (this.#store.webhook) this.#answers.tidy();
      if (this.#announces) await this.#announce();
      if (this.#active) await this.#askToBeTold();
      await this.#courier.run();
    } catch (error) {
      this.#log("webhook: alarm", error);
    }
    this.#armedAt = null;
    this.#arm();
  }

  #behind(ends: BookEnds | null): boolean {
    return (ends?.newest ?? 0) >= this.#store.known.nextOffset;
  }

  get #active(): boolean {
    return this.#store.webhook?.status === "active";
  }

  /** There is something that the book must still be told. */
  get #announces(): boolean {
    return this.#store.nextAnnouncement(0) !== undefined;
  }

  #place<Ends extends BookEnds | null>(ends: Ends) {
    return { store: this.#store, webhookId: this.#webhookId, ends, now: Date.now() };
  }

  /** Armed before the answer goes out: whatever happens to what is begun here, the alarm does it again. */
  #afterChange(): void {
    this.#arm();
    if (this.#active) void this.#askToBeTold().then(() => this.#deliver());
    else if (this.#announces) this.#outbox.nudge();
  }

  /**
   * In this order: what the book gets after this was asked is told, what it had before is read afterwards. What the ledger knows
   * to hold nothing for this webhook need not be read.
   */
  async #askToBeTold(): Promise<void> {
    const { known, epoch } = this.#store;
    try {
      const asked = this.env.LEDGER.getByName("ledger:0").follow(
        `webhook:${this.#webhookId}`,
        filterOf(known),
      );
      const quiet = await withTimeout(Promise.resolve(asked), LEDGER_CALL_TIMEOUT_MS, "ledger");
      if (quiet && this.#store.epoch === epoch) this.#skip(quiet);
    } catch (error) {
      this.#log("webhook: the book is not followed", error);
    }
  }

  #skip({ after, to }: Stretch): void {
    const { nextOffset } = this.#store.known;
    if (nextOffset > after && nextOffset <= to) this.#store.change({ nextOffset: to + 1 });
  }

  async #deliver(): Promise<void> {
    await this.#courier.run();
    this.#arm();
  }

  /** Bounded; what is still on its way is asked after by the next alarm. */
  async #announce(): Promise<void> {
    const bounded = withTimeout(this.#outbox.drain(), LEDGER_CALL_TIMEOUT_MS, "ledger");
    await bounded.catch((error: unknown) => this.#log("webhook: disabling not told", error));
  }

  #attempt(message: Message): Promise<Attempt> {
    const deps = {
      fetch: (url: string, init: RequestInit) => fetch(url, init),
      timeoutMs: WEBHOOK_ATTEMPT_TIMEOUT_MS,
      now: () => Date.now(),
      allowsLocalhost: readConfig(this.env).webhookAllowsLocalhost,
    };
    return attempt(deps, this.#store.known, message);
  }

  #newCourier(): Courier {
    return new Courier({
      store: this.#store,
      readWanted: (from, filter) => readWanted(this.env.BOOK, from, filter),
      attempt: (message) => this.#attempt(message),
      disable: (reason) => {
        this.#store.disable(this.#webhookId, { reason, actor: "system", at: Date.now() });
        this.#log("webhook: disabled", reason);
        this.#arm();
        this.#outbox.nudge();
      },
      random: Math.random,
      log: (what, error, facts) => this.#log(what, error, facts),
    });
  }

  #newOutbox(): Outbox<AnnouncementTrip> {
    return newAnnouncementOutbox({
      store: this.#store,
      webhookId: this.#webhookId,
      append: (entry) => this.env.LEDGER.getByName("ledger:0").append(entry),
      onFailure: (error, failures) => {
        if (failures === 1) this.#log("webhook: disabling not told", error);
        this.#arm();
      },
    });
  }

  /** Moves the alarm, but only ever to an earlier moment and never to one that has passed (that one would not fire). */
  #arm(): void {
    const now = Date.now();
    const due = [
      this.#active ? now + WEBHOOK_CHECK_MS : null,
      this.#active ? this.#courier.resumeAt : null,
      this.#announces ? (this.#outbox.retryAt ?? now + DRAIN_ALARM_MS) : null,
    ].filter((at) => at !== null);
    if (due.length === 0) return;
    const at = Math.min(...due);
    if (this.#armedAt !== null && this.#armedAt <= at) return;
    this.#armedAt = Math.max(at, now + 1);
    void this.ctx.storage.setAlarm(this.#armedAt);
  }

  async #recover(): Promise<void> {
    this.#armedAt = await this.ctx.storage.getAlarm();
    this.#arm();
  }

  #log(what: string, error: unknown, facts: Record<string, number> = {}): void {
    logError(what, error, { webhookId: this.#webhookId, ...facts });
  }
}

function filterOf({ types, productIds }: WebhookFilter): WebhookFilter {
  return { types, productIds };
}
