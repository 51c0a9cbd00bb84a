/** One effect per idempotency key: the answer is written in the transaction of its effect, and given again for a while. */
import type { WebhookAnswer } from "../../domain/webhook";
import type { Outcome } from "./changes";
import type { WebhookStore } from "./store";

/** A request's idempotency key with its credential, and what it asked. */
export interface RequestKey {
  id: string;
  fingerprint: string;
}

export interface KeyedAnswersDeps {
  store: WebhookStore;
  transaction<T>(work: () => T): T;
  retentionMs: number;
}

export class KeyedAnswers {
  readonly #deps: KeyedAnswersDeps;

  constructor(deps: KeyedAnswersDeps) {
    this.#deps = deps;
  }

  /** Acts, unless the key has been answered before. What `act` throws is rolled back and thrown on. */
  once(key: RequestKey | undefined, act: () => Outcome): WebhookAnswer {
    const known = this.answered(key);
    if (known) return known;
    const { store, transaction } = this.#deps;
    try {
      return transaction(() => {
        const body = act();
        if (typeof body !== "string") return body;
        if (key) store.remember(key.id, { fingerprint: key.fingerprint, answer: body }, Date.now());
        return { ok: true, body, replayed: false };
      });
    } catch (error) {
      store.load();
      throw error;
    }
  }

  answered(key: RequestKey | undefined): WebhookAnswer | undefined {
    const { store, retentionMs } = this.#deps;
    const known = key && store.answerTo(key.id, Date.now() - retentionMs);
    if (!known) return undefined;
    if (known.fingerprint !== key.fingerprint) return { ok: false, reason: "key_reused" };
    return { ok: true, body: known.answer, replayed: true };
  }

  /** Old ones go. */
  prune(): void {
    this.#deps.store.forgetKeys(Date.now() - this.#deps.retentionMs);
  }
}
