/**
 * One webhook's rows, and its own row in memory. What changes where events go, or where the cursor stands, begins a new
 * epoch: whoever awaited something meanwhile sees by it that what was true before is not any more.
 */
import { disabledEvent, type Delivery, type DisabledReason, type Webhook } from "../../domain/webhook";
import { MAX_DELIVERIES_KEPT } from "../../limits";
import { migrate, schemaVersion } from "../storage/migrations";
import { WEBHOOK_MIGRATIONS } from "./schema";
import {
  SQL,
  webhookFromRow,
  webhookValues,
  type OutboxEventRow,
  type DeliveryRow,
  type WebhookRow,
} from "./statements";

export type NewDelivery = Omit<DeliveryRow, "seq" | "deliveryId" | "outcome"> & { delivered: boolean };

export class WebhookStore {
  /** undefined: it was never made, or is deleted; then there is no table to ask. */
  webhook: Webhook | undefined;
  epoch = 0;

  constructor(private readonly sql: SqlStorage) {
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
  disable(webhookId: string, by: { reason: DisabledReason; actor: string; at: number }): void {
    const webhook = this.redirect({
      status: "disabled",
      disabledReason: by.reason,
      nextAttemptAt: null,
      disablings: this.known.disablings + 1,
      updatedAt: by.at,
    });
    const event = JSON.stringify(disabledEvent(webhookId, webhook, by));
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
