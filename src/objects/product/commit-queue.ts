/**
 * Group commit: commands that arrive together are decided in order inside one transaction, then all are answered. A
 * command that throws (a bug) is retried alone, so that its neighbours still commit.
 */
import type { Envelope, Result } from "../../domain/command";
import { MAX_GATHER_TICKS, MAX_QUEUED_COMMANDS } from "../../limits";

export interface CommitQueueDeps {
  transaction(work: () => void): void;
  /** Called inside the transaction, once before the commands of a batch. */
  begin(): void;
  commit(envelope: Envelope): Result;
  /** A transaction failed and was rolled back: memory must be read again. */
  onRollback(error: unknown): void;
  /** What is in memory; the returned function puts it back after a transaction that was rolled back on purpose. */
  snapshot(): () => void;
  /** The batch is written; called before anybody is answered. */
  onWritten(): void;
}

interface Call {
  envelopes: readonly Envelope[];
  resolve(results: Result[]): void;
}

const INTERNAL: Result = { ok: false, refusal: { code: "internal" } };

/** Thrown to end a dry run: the platform rolls a transaction back when its work throws. */
const ROLLBACK = new Error("a dry run leaves nothing behind");

export class CommitQueue {
  #calls: Call[] = [];
  #waiting = 0;
  #scheduled = false;

  constructor(private readonly deps: CommitQueueDeps) {}

  /** Results in the order of the envelopes. Never rejects. */
  submit(envelopes: readonly Envelope[]): Promise<Result[]> {
    if (this.#waiting + envelopes.length > MAX_QUEUED_COMMANDS) {
      return Promise.resolve(envelopes.map(() => ({ ok: false, refusal: { code: "overloaded" } })));
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
    const restore = this.deps.snapshot();
    let results = envelopes.map(() => INTERNAL);
    try {
      this.deps.transaction(() => {
        this.deps.begin();
        results = envelopes.map(this.deps.commit);
        throw ROLLBACK;
      });
    } catch (error) {
      if (error === ROLLBACK) restore();
      else this.deps.onRollback(error);
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
    const { commit } = this.deps;
    const together = this.#inTransaction(() => calls.map(({ envelopes }) => envelopes.map(commit)));
    const alone = (envelope: Envelope) => this.#inTransaction(() => commit(envelope)) ?? INTERNAL;
    const results = together ?? calls.map(({ envelopes }) => envelopes.map(alone));
    this.deps.onWritten();
    for (const [index, call] of calls.entries()) call.resolve(results[index] ?? []);
  }

  /** undefined: something in it threw, and nothing of it stays. */
  #inTransaction<T>(work: () => T): T | undefined {
    let done: T | undefined;
    try {
      this.deps.transaction(() => {
        this.deps.begin();
        done = work();
      });
      return done;
    } catch (error) {
      this.deps.onRollback(error);
      return undefined;
    }
  }
}
