/**
 * Those whom an outage of the book turned away. Each would try again by itself, ever more seldom; this asks one of them about
 * once a second instead, unless somebody sends anyway, and at the first success all of them. Only in memory: what is lost with
 * the ledger is carried by the senders' own alarms.
 */
import { inParallel } from "../../in-parallel";
import { LEDGER_PROBE_MS, MAX_TURNED_AWAY, RECALL_CONCURRENCY } from "../../limits";
import { Pump, type More } from "../flow/pump";

export class TurnedAway {
  readonly #senders = new Set<string>();
  /** When the oldest event was with which one of them came; null: the book is there. */
  oldestAt: number | null = null;
  readonly #probes = new Pump({ gatherMs: LEDGER_PROBE_MS, pass: () => this.#probe() });

  /** `recall` asks the sender to send again; `isBusy`: somebody's events are on their way to the book. */
  constructor(
    private readonly recall: (sender: string) => Promise<void>,
    private readonly isBusy: () => boolean,
    private readonly onFailure: (sender: string, error: unknown) => void,
  ) {}

  get size(): number {
    return this.#senders.size;
  }

  add(sender: string, oldestAt: number | null = null): void {
    if (oldestAt !== null) this.oldestAt = Math.min(oldestAt, this.oldestAt ?? oldestAt);
    if (this.#senders.size < MAX_TURNED_AWAY) this.#senders.add(sender);
    this.#probes.wake();
  }

  /** The book has taken something. */
  bookIsBack(): void {
    this.oldestAt = null;
    if (this.#senders.size === 0) return;
    const all = [...this.#senders];
    this.#senders.clear();
    // Never rejects: what fails is logged.
    void inParallel(all, RECALL_CONCURRENCY, (sender) => this.#recall(sender));
  }

  /** Whoever is asked is no longer here: it comes back if it is turned away again. */
  #probe(): More {
    const [sender] = this.#senders;
    if (sender === undefined) return undefined;
    if (!this.isBusy()) {
      this.#senders.delete(sender);
      void this.#recall(sender);
    }
    return LEDGER_PROBE_MS;
  }

  /** Never rejects. */
  async #recall(sender: string): Promise<void> {
    try {
      await this.recall(sender);
    } catch (error) {
      this.onFailure(sender, error);
    }
  }
}
