/** One effect per idempotency key: the answer is written in the transaction of its effect, and given again for a while. */
import type { WebhookAnswer } from "../../domain/webhook";
import type { Outcome } from "./changes";
import { SQL, type KeyRow } from "./statements";
import type { WebhookStore } from "./store";

/** A request's idempotency key with its credential, and what it asked. */
export interface RequestKey {
  id: string;
  fingerprint: string;
}

export class KeyedAnswers {
  constructor(
    private readonly store: WebhookStore,
    private readonly storage: DurableObjectStorage,
    private readonly retentionMs: number,
  ) {}

  /** Acts, unless the key has been answered before. What `act` throws is rolled back and thrown on. */
  once(key: RequestKey | undefined, act: () => Outcome): WebhookAnswer {
    const known = this.answered(key);
    if (known) return known;
    try {
      return this.storage.transactionSync(() => {
        const body = act();
        if (typeof body !== "string") return body;
        if (key) this.storage.sql.exec(SQL.putKey, key.id, key.fingerprint, body, Date.now());
        return { ok: true, body, replayed: false };
      });
    } catch (error) {
      this.store.load();
      throw error;
    }
  }

  answered(key: RequestKey | undefined): WebhookAnswer | undefined {
    if (!key || !this.store.webhook) return undefined;
    const [known] = this.storage.sql.exec<KeyRow>(SQL.key, key.id, Date.now() - this.retentionMs).toArray();
    if (!known) return undefined;
    if (known.fingerprint !== key.fingerprint) return { ok: false, reason: "key_reused" };
    return { ok: true, body: known.answer, replayed: true };
  }

  /** Old ones go. */
  prune(): void {
    this.storage.sql.exec(SQL.pruneKeys, Date.now() - this.retentionMs);
  }
}
