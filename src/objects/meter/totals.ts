/**
 * All that isolates have measured, added up since the Meter began. A flush that comes again changes nothing: of each isolate the
 * number of its last flush is known, and it sends no later one before an earlier one is taken.
 */
import * as z from "zod";
import { MAX_REPORTERS, MAX_SERIES, REPORTER_KEPT_MS } from "../../limits/metrics";
import type { Flush } from "../../telemetry/meter-buffer";
import {
  addDistribution,
  distribution,
  nameOf,
  seriesOf,
  type Distribution,
  type Measurements,
} from "../../telemetry/series";

const reporters = z.array(z.tuple([z.string(), z.int(), z.int()]));
const series = z.object({
  numbers: z.record(z.string(), z.number()),
  distributions: z.record(z.string(), distribution),
});

const REPORTERS = "reporters";
const DROPPED = "holdfast_metrics_dropped_total";

/** What is kept, as JSON by its name: the series of an instrument, and the isolates' last flushes. */
export type Documents = Map<string, string>;

export class Totals {
  readonly #numbers = new Map<string, number>();
  readonly #distributions = new Map<string, Distribution>();
  /** In the order in which they last flushed. */
  readonly #reporters = new Map<string, { seq: number; atMs: number }>();
  readonly #changed = new Set<string>();

  constructor(documents: Documents) {
    for (const [name, json] of documents) {
      if (name === REPORTERS)
        for (const [id, seq, atMs] of reporters.parse(JSON.parse(json)))
          this.#reporters.set(id, { seq, atMs });
      else this.#add(series.parse(JSON.parse(json)));
    }
    this.#changed.clear();
  }

  /** False: it has been added before. */
  add({ reporter, seq, ...measured }: Flush, now: number): boolean {
    const last = this.#reporters.get(reporter);
    this.#reporters.delete(reporter);
    this.#reporters.set(reporter, { seq: Math.max(seq, last?.seq ?? 0), atMs: now });
    this.#forgetOldest(now);
    this.#changed.add(REPORTERS);
    if (last && seq <= last.seq) return false;
    this.#add(measured);
    return true;
  }

  all(): Measurements {
    return {
      numbers: Object.fromEntries(this.#numbers),
      distributions: Object.fromEntries(this.#distributions),
    };
  }

  /** What has changed since `written`. */
  changed(): Documents {
    const names = [...this.#changed];
    const of = (name: string) => ({
      numbers: Object.fromEntries([...this.#numbers].filter(([key]) => nameOf(key) === name)),
      distributions: Object.fromEntries([...this.#distributions].filter(([key]) => nameOf(key) === name)),
    });
    const sent = () => [...this.#reporters].map(([id, { seq, atMs }]) => [id, seq, atMs]);
    return new Map(names.map((name) => [name, JSON.stringify(name === REPORTERS ? sent() : of(name))]));
  }

  written(): void {
    this.#changed.clear();
  }

  #add({ numbers, distributions }: Measurements): void {
    for (const [key, by] of Object.entries(numbers)) {
      const known = this.#numbers.get(key);
      if (known === undefined && !this.#isWelcome(key)) continue;
      this.#numbers.set(key, (known ?? 0) + by);
      this.#changed.add(nameOf(key));
    }
    for (const [key, measured] of Object.entries(distributions)) {
      const known = this.#distributions.get(key);
      if (known === undefined && !this.#isWelcome(key)) continue;
      // Another release has other buckets: what it measured before begins again at zero.
      if (!known || !addDistribution(known, measured))
        this.#distributions.set(key, { sum: measured.sum, counts: [...measured.counts] });
      this.#changed.add(nameOf(key));
    }
  }

  /** What no release of ours would show, or is one too many, is not kept. */
  #isWelcome(key: string): boolean {
    const isWelcome =
      seriesOf(key) !== undefined && this.#numbers.size + this.#distributions.size < MAX_SERIES;
    if (!isWelcome) {
      this.#numbers.set(DROPPED, (this.#numbers.get(DROPPED) ?? 0) + 1);
      this.#changed.add(DROPPED);
    }
    return isWelcome;
  }

  #forgetOldest(now: number): void {
    for (const [id, { atMs }] of this.#reporters) {
      if (this.#reporters.size <= MAX_REPORTERS && now - atMs < REPORTER_KEPT_MS) return;
      this.#reporters.delete(id);
    }
  }
}
