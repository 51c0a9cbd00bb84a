/**
 * One per credential and idempotency key, for requests that are not about one product: which request it was, durably, before
 * anything is done, and its answer once there is one. Of the same request sent several times at once one runs and the others
 * wait for its answer. It does nothing of the request itself and knows nothing of what it asks.
 */
import { DurableObject } from "cloudflare:workers";
import type { Begun, Claimed, KeptAnswer } from "../../domain/kept-answer";
import { readConfig } from "../../env";
import { IDEMPOTENCY_ATTEMPT_MS, IDEMPOTENCY_WAIT_MS } from "../../limits";
import { Waiters } from "../flow/waiters";
import { RequestStore } from "./store";

/** One run of the request. In memory only: after a crash whoever asks next goes on. */
interface Run {
  id: string;
  /** Longer it is not waited for: whoever runs it has died, or the next may as well try. */
  expiresAtMs: number;
}

export class IdempotencyObject extends DurableObject<Env> {
  readonly #store = new RequestStore(this.ctx.storage.sql);
  readonly #waiters = new Waiters();
  #run: Run | undefined;

  /** Waits (bounded) while the same request is running. */
  async begin(fingerprint: string): Promise<Begun> {
    const giveUpAtMs = Date.now() + IDEMPOTENCY_WAIT_MS;
    for (;;) {
      const known = this.#store.request();
      if (known && known.fingerprint !== fingerprint) return { state: "reused" };
      if (known?.answer) return { state: "answered", answer: known.answer };
      const now = Date.now();
      const run = this.#run;
      if (!run || now >= run.expiresAtMs) return this.#start(fingerprint, known !== undefined);
      if (now >= giveUpAtMs) return { state: "busy" };
      const hasEnded = () => this.#run !== run || undefined;
      await this.#waiters.wait(hasEnded, Math.min(run.expiresAtMs, giveUpAtMs) - now);
    }
  }

  /** For a request that is done again when it comes again, and whose answer is not kept. */
  claim(fingerprint: string): Claimed {
    const known = this.#store.request();
    if (known) return known.fingerprint === fingerprint ? "again" : "reused";
    this.#write(() => this.#store.begin(fingerprint));
    return "first";
  }

  /** Keeps the answer. Where a run that was given up came first, its answer is the one, and the answer here. */
  finish(fingerprint: string, answer: KeptAnswer): KeptAnswer | null {
    const known = this.#store.request();
    const mine = !known || (known.fingerprint === fingerprint && !known.answer);
    if (mine) {
      this.#write(() => {
        if (!known) this.#store.begin(fingerprint);
        this.#store.keep(answer);
      });
    }
    this.#end();
    return !mine && known.fingerprint === fingerprint ? (known.answer ?? null) : null;
  }

  /** The run came to no answer that is kept. `untouched`: it did nothing, so the key is free for any request. */
  abandon(runId: string, untouched: boolean): void {
    if (this.#run?.id !== runId) return;
    if (untouched) this.#store.forget();
    this.#end();
  }

  /** The key's time is over. An alarm that fails is run again. */
  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }

  #start(fingerprint: string, resumed: boolean): Begun {
    if (!resumed) this.#write(() => this.#store.begin(fingerprint));
    const id = crypto.randomUUID();
    this.#run = { id, expiresAtMs: Date.now() + IDEMPOTENCY_ATTEMPT_MS };
    return { state: "first", attempt: id, resumed };
  }

  #end(): void {
    this.#run = undefined;
    this.#waiters.notify();
  }

  /** What is written and when it goes become durable together, before anyone is answered. */
  #write(work: () => void): void {
    this.ctx.storage.transactionSync(work);
    void this.ctx.storage.setAlarm(Date.now() + readConfig(this.env).idempotencyRetentionMs);
  }
}
