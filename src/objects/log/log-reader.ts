/**
 * Reads the log for one follower: asks the ledgers to be notified when it grows, and only then reads on, page after page, to
 * its end, so nothing falls in between. What the follower does not want is left out by the book. Where the follower stands,
 * and what becomes of an event, is its own business.
 */
import type { LogPage, LogQuery } from "../../d1/event-tail";
import { Pump, type More, type PumpOptions } from "../flow/pump";

/** `read`: the follower stands after the page. `again`: it stands elsewhere now. `stop`: it takes no more for now. */
export type Taken = "read" | "again" | "stop";

/** Awake when there is something to read. */
export abstract class LogReader extends Pump {
  #following = false;

  /** `read` may reject. */
  constructor(
    private readonly read: (query: LogQuery) => Promise<LogPage>,
    options: Omit<PumpOptions, "pass">,
  ) {
    super({ ...options, pass: () => this.#pass() });
  }

  /** From where to read, and what; undefined: nothing is wanted now. */
  protected abstract next(): LogQuery | undefined;
  /** From now on the ledgers notify this follower. May reject: then there is another try soon. */
  protected abstract follow(): Promise<void>;
  protected abstract take(page: LogPage): Promise<Taken>;
  /** All but the last moments of the log has been read, and the ledgers notify of what comes. */
  protected onEnd(): void {}

  /** A ledger was answered that nobody here follows. */
  unfollow(): void {
    this.#following = false;
  }

  /**
   * Heals what was lost: asks the ledgers again, and reads although nobody said that the log has grown. Resolves when there
   * is nothing left to read, or a read has failed; never rejects.
   */
  check(): Promise<void> {
    this.#following = false;
    return this.run();
  }

  async #pass(): Promise<More> {
    if (!this.next()) return undefined;
    const failure = await this.#follow();
    const query = this.next();
    if (!query) return undefined;
    const page = await this.read(query);
    const taken = await this.take(page);
    if (failure) throw failure.error;
    if (taken === "stop") return undefined;
    if (taken === "again" || page.nextOffset <= (page.newest ?? 0)) return 0;
    // Meanwhile a ledger may have been answered that nobody follows: whoever has come since needs it again.
    if (!this.#following) return 0;
    this.onEnd();
    return undefined;
  }

  /** Where it fails, what there is is read all the same. */
  async #follow(): Promise<{ error: unknown } | undefined> {
    if (this.#following) return undefined;
    // Before the answer: an `unfollow` while this is on its way must not be overwritten by it.
    this.#following = true;
    try {
      await this.follow();
      return undefined;
    } catch (error) {
      this.#following = false;
      return { error };
    }
  }
}
