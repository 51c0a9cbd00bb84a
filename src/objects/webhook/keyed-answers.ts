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

export interface KeyedAnswersDeps {
  store: WebhookStore;
  storage: DurableObjectStorage;
  retentionMs: number;
}

export class KeyedAnswers {
  constructor(private readonly deps: KeyedAnswersDeps) {}

  /** Acts, unless the key has been answered before. What `act` throws is rolled back and thrown on. */
  once(key: RequestKey | undefined, act: () => Outcome): WebhookAnswer {
    const known = this.answered(key);
    if (known) return known;
    const { store, storage } = this.deps;
    try {
      return storage.transactionSync(() => {
        const body = act();
        if (typeof body !== "string") return body;
        if (key) storage.sql.exec(SQL.putKey, key.id, key.fingerprint, body, Date.now());
        return { ok: true, body, replayed: false };
      });
    } catch (error) {
      store.load();
      throw error;
    }
  }

  answered(key: RequestKey | undefined): WebhookAnswer | undefined {
    const { store, storage, retentionMs } = this.deps;
    if (!key || !store.webhook) return undefined;
    const [known] = storage.sql.exec<KeyRow>(SQL.key, key.id, Date.now() - retentionMs).toArray();
    if (!known) return undefined;
    if (known.fingerprint !== key.fingerprint) return { ok: false, reason: "key_reused" };
    return { ok: true, body: known.answer, replayed: true };
  }

  /** Old ones go. */
  prune(): void {
    const { storage, retentionMs } = this.deps;
    storage.sql.exec(SQL.pruneKeys, Date.now() - retentionMs);
  }
}
