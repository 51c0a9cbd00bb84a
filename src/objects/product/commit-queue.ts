/**
 * Group commit: commands that arrive together are decided in order inside one transaction, then all are answered. A
 * command that throws (a bug) is retried alone, so that its neighbours still commit.
 */
import type { Envelope, Result } from "../../domain/command";
import { MAX_GATHER_TICKS, MAX_QUEUED_COMMANDS } from "../../limits";
import { logError } from "../../telemetry/log";
import { commit, sweep, type Batch } from "./commit";
import type { Maintenance } from "./maintenance";
import type { ProductStore } from "./store";
import { StoreFacts } from "./store-facts";

interface Call {
  envelopes: readonly Envelope[];
  resolve(results: Result[]): void;
}

const INTERNAL: Result = { ok: false, refusal: { code: "internal" } };
export const OVERLOADED: Result = { ok: false, refusal: { code: "overloaded" } };

/** Thrown to end a dry run: the platform rolls a transaction back when its work throws. */
const ROLLBACK = new Error("a dry run leaves nothing behind");

export class CommitQueue {
  #calls: Call[] = [];
  #waiting = 0;
  #scheduled = false;

  /** `onWritten`: a batch is written; called before anybody is answered. */
  constructor(
    private readonly storage: Pick<DurableObjectStorage, "transactionSync">,
    private readonly product: {
      store: ProductStore;
      maintenance: Pick<Maintenance, "rememberedSeq" | "swept">;
    },
    private readonly onWritten: () => void,
  ) {}

  /** Results in the order of the envelopes. Never rejects. */
  submit(envelopes: readonly Envelope[]): Promise<Result[]> {
    if (this.#waiting + envelopes.length > MAX_QUEUED_COMMANDS) {
      return Promise.resolve(envelopes.map(() => OVERLOADED));
    }
    this.#waiting += envelopes.length;
    return new Promise((resolve) => {
      this.#calls.push({ envelopes, resolve });
      if (!this.#scheduled) this.#gather(0, 0);
    });
  }

  /**
   * What would become of these now, in order, each with the effects of those before it; nothing of it stays. Whoever
   * waits for a batch goes on waiting, and may decide otherwise before these are submitted. A bug in one is `internal`
   * for all.
   */
  dryRun(envelopes: readonly Envelope[]): Result[] {
    const restore = this.product.store.snapshot();
    let results = envelopes.map(() => INTERNAL);
    try {
      this.storage.transactionSync(() => {
        const batch = this.#begin();
        results = envelopes.map((envelope) => commit(batch, envelope));
        throw ROLLBACK;
      });
    } catch (error) {
      if (error === ROLLBACK) restore();
      else this.#onRollback(error);
    }
    return results;
  }

  /**
   * A batch begins when a tick has brought nobody new, so that it is as large as the load allows. Immediates, not timers:
   * the platform takes much longer over a timer.
   */
  #gather(known: number, ticks: number): void {
    this.#scheduled = true;
    setImmediate(() => {
      const waiting = this.#calls.length;
      if (waiting > known && ticks < MAX_GATHER_TICKS) return this.#gather(waiting, ticks + 1);
      this.#scheduled = false;
      if (waiting > 0) this.flush();
    });
  }

  /** A batch now, whoever waits: also for a reader who must not see what has fallen due. */
  flush(): void {
    const calls = this.#calls;
    this.#calls = [];
    this.#waiting = 0;
    const together = this.#inTransaction((batch) =>
      calls.map(({ envelopes }) => envelopes.map((envelope) => commit(batch, envelope))),
    );
    const alone = (envelope: Envelope) => this.#inTransaction((batch) => commit(batch, envelope)) ?? INTERNAL;
    const results = together ?? calls.map(({ envelopes }) => envelopes.map(alone));
    this.onWritten();
    for (const [index, call] of calls.entries()) call.resolve(results[index] ?? []);
  }

  /** undefined: something in it threw, and nothing of it stays. */
  #inTransaction<T>(work: (batch: Batch) => T): T | undefined {
    try {
      return this.storage.transactionSync(() => work(this.#begin()));
    } catch (error) {
      this.#onRollback(error);
      return undefined;
    }
  }

  /** Inside the transaction, once before the commands of a batch. */
  #begin(): Batch {
    const { store, maintenance } = this.product;
    const batch = { facts: new StoreFacts(store), store, acknowledgedSeq: maintenance.rememberedSeq() };
    if (sweep(batch) > 0) maintenance.swept(batch.facts.now);
    return batch;
  }

  /** Memory is read again: it is a copy of what was rolled back. */
  #onRollback(error: unknown): void {
    const { store } = this.product;
    logError("a command threw and was rolled back", error, { productId: store.productId });
    store.load();
  }
}
