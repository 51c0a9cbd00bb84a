/**
 * Gathers events from many products and commits them to the book in one batch: while one batch is in flight the next is
 * gathered. Owns nothing durable: what it has not answered, the products still have. Never answers before D1 has committed.
 */
import { DurableObject } from "cloudflare:workers";
import { projectBatch, type BookEntry } from "../../d1/projection";
import {
  D1_TIMEOUT_MS,
  LEDGER_GATHER_MS,
  MAX_LEDGER_BATCH_BYTES,
  MAX_LEDGER_BATCH_PRODUCTS,
  MAX_LEDGER_WAITING,
} from "../../limits";
import { logError } from "../../telemetry/log";
import { withTimeout } from "../../timeout";

export interface LedgerAnswer {
  ok: boolean;
  /** Why not. */
  reason?: string;
}

interface Waiting {
  entry: BookEntry;
  resolve(answer: LedgerAnswer): void;
}

export class LedgerObject extends DurableObject<Env> {
  #waiting: Waiting[] = [];
  #running = false;

  /** Resolves when the book has the entry, or says why it has not. Sending an entry again is harmless. */
  append(entry: BookEntry): Promise<LedgerAnswer> {
    if (this.#waiting.length >= MAX_LEDGER_WAITING) {
      return Promise.resolve({ ok: false, reason: "the ledger is overloaded" });
    }
    return new Promise((resolve) => {
      this.#waiting.push({ entry, resolve });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, LEDGER_GATHER_MS));
      const batch = this.#take();
      const answer = await this.#commit(batch.map(({ entry }) => entry));
      for (const { resolve } of batch) resolve(answer);
    }
    this.#running = false;
  }

  /** The oldest that fit one batch; one entry always does. */
  #take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { entry } of this.#waiting) {
      bytes += entry.events.length + (entry.stock?.length ?? 0) + (entry.catalog?.length ?? 0);
      if (count > 0 && (bytes > MAX_LEDGER_BATCH_BYTES || count === MAX_LEDGER_BATCH_PRODUCTS)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(entries: BookEntry[]): Promise<LedgerAnswer> {
    try {
      await withTimeout(projectBatch(this.env.BOOK, entries), D1_TIMEOUT_MS, "D1");
      return { ok: true };
    } catch (error) {
      logError("batch not committed to the book", error, { products: entries.length });
      return { ok: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }
}
