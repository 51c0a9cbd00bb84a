/**
 * One webhook's rows, and its own row in memory. What changes where events go, or where the cursor stands, begins a new
 * epoch: whoever awaited something meanwhile sees by it that what was true before is not any more.
 */
import type { Envelope } from "../../domain/command";
import { disabledEvent } from "../../domain/webhook";
import type { Delivery, DisabledReason, Webhook, WebhookAnswer, WebhookRefusal } from "../../domain/webhook";
import { MAX_DELIVERIES_KEPT } from "../../limits";
import { migrate, schemaVersion } from "../storage/migrations";
import { SQL, WEBHOOK_MIGRATIONS, webhookFromRow, webhookValues } from "./statements";
import type { DeliveryRow, KeyRow, OutboxEventRow, WebhookRow } from "./statements";

type NewDelivery = Omit<DeliveryRow, "seq" | "deliveryId" | "outcome"> & { delivered: boolean };

/** The answer as JSON, or why there is none. */
export type Outcome = string | WebhookRefusal;

/** A request's idempotency key with its credential, and what it asked. */
export type RequestKey = NonNullable<Envelope["key"]>;

export class WebhookStore {
  /** undefined: it was never made, or is deleted; then there is no table to ask. */
  webhook: Webhook | undefined;
  epoch = 0;
  private readonly sql: SqlStorage;

  /** `retentionMs`: how long idempotency keys are kept. */
  constructor(
    private readonly storage: DurableObjectStorage,
    readonly webhookId: string,
    private readonly retentionMs: number,
  ) {
    this.sql = storage.sql;
    this.load();
  }

  /** Memory as the rows are: at the start, and after a transaction was rolled back. */
  load(): void {
    this.webhook = undefined;
    if (schemaVersion(this.sql) === 0) return;
    migrate(this.sql, WEBHOOK_MIGRATIONS);
    const [row] = this.sql.exec<WebhookRow>(SQL.webhook).toArray();
    if (row) this.webhook = webhookFromRow(row);
  }

  make(webhook: Webhook): void {
    migrate(this.sql, WEBHOOK_MIGRATIONS);
    this.#put(webhook);
  }

  change(patch: Partial<Webhook>): Webhook {
    return this.#put({ ...this.known, ...patch });
  }

  /** As `change`, where it is about where events go or where the cursor stands. */
  redirect(patch: Partial<Webhook>): Webhook {
    this.epoch += 1;
    return this.change(patch);
  }

  /** No more deliveries; the event that says so waits in the outbox. */
  disable(by: { reason: DisabledReason; actor: string; at: number }): void {
    const webhook = this.redirect({
      status: "disabled",
      disabledReason: by.reason,
      nextAttemptAt: null,
      disablings: this.known.disablings + 1,
      updatedAt: by.at,
    });
    const event = JSON.stringify(disabledEvent(this.webhookId, webhook, by));
    this.sql.exec(SQL.addOutboxEvent, webhook.disablings, event);
  }

  /** The oldest event after the n-th that is not known to be in the book. */
  nextOutboxEvent(after: number): OutboxEventRow | undefined {
    return this.webhook && this.sql.exec<OutboxEventRow>(SQL.nextOutboxEvent, after).toArray()[0];
  }

  acknowledged(upTo: number): void {
    if (this.webhook) this.sql.exec(SQL.deleteOutboxEvents, upTo);
  }

  record(d: NewDelivery): void {
    const outcome = [d.httpStatus, d.error, d.durationMs, d.at];
    const values = [d.offset, d.eventId, d.eventType, d.attempt, d.delivered ? 1 : 0, ...outcome];
    this.sql.exec(SQL.addDelivery, ...values);
    this.sql.exec(SQL.pruneDeliveries, MAX_DELIVERIES_KEPT);
  }

  /** Newest first, those before `beforeSeq`. */
  deliveries(beforeSeq: number, limit: number): { seq: number; delivery: Delivery }[] {
    const rows = this.sql.exec<DeliveryRow>(SQL.deliveries, beforeSeq, limit).toArray();
    return rows.map(({ seq, ...row }) => ({ seq, delivery: { ...row, at: new Date(row.at).toISOString() } }));
  }

  /**
   * One effect per idempotency key: the answer is written in the transaction of its effect, and given again for a while.
   * What `act` throws is rolled back and thrown on.
   */
  once(key: RequestKey | undefined, act: () => Outcome): WebhookAnswer {
    const known = this.answered(key);
    if (known) return known;
    try {
      return this.storage.transactionSync(() => {
        const body = act();
        if (typeof body !== "string") return body;
        if (key) this.sql.exec(SQL.putKey, key.id, key.fingerprint, body, Date.now());
        return { ok: true, body, replayed: false };
      });
    } catch (error) {
      this.load();
      throw error;
    }
  }

  answered(key: RequestKey | undefined): WebhookAnswer | undefined {
    if (!key || !this.webhook) return undefined;
    const [known] = this.sql.exec<KeyRow>(SQL.key, key.id, Date.now() - this.retentionMs).toArray();
    if (!known) return undefined;
    if (known.fingerprint !== key.fingerprint) return { ok: false, reason: "key_reused" };
    return { ok: true, body: known.answer, replayed: true };
  }

  pruneKeys(): void {
    if (this.webhook) this.sql.exec(SQL.pruneKeys, Date.now() - this.retentionMs);
  }

  /** Its rows are about to go, all at once. */
  forget(): void {
    this.epoch += 1;
    this.webhook = undefined;
  }

  get known(): Webhook {
    if (!this.webhook) throw new Error("there is no webhook here");
    return this.webhook;
  }

  #put(webhook: Webhook): Webhook {
    this.sql.exec(SQL.putWebhook, ...webhookValues(webhook));
    this.webhook = webhook;
    return webhook;
  }
}
