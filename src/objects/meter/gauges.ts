/** What is measured rather than counted, by who has measured it, for a few minutes; several measure parts of a whole. */
import * as z from "zod";
import { GAUGE_KEPT_MS } from "../../limits/metrics";

export type Gauge = [key: string, value: number];

const stored = z.array(
  z.tuple([z.string(), z.object({ atMs: z.int(), gauges: z.array(z.tuple([z.string(), z.number()])) })]),
);

export class Gauges {
  readonly #byReporter: Map<string, { atMs: number; gauges: Gauge[] }>;
  #isChanged = false;

  constructor(json: string | undefined) {
    this.#byReporter = new Map(json === undefined ? [] : stored.parse(JSON.parse(json)));
  }

  set(reporter: string, gauges: Gauge[], atMs: number): void {
    this.#byReporter.set(reporter, { atMs, gauges });
    this.#isChanged = true;
  }

  /** Parts of one series added up. */
  all(now: number): Map<string, number> {
    const values = new Map<string, number>();
    for (const [reporter, { atMs, gauges }] of this.#byReporter) {
      if (now - atMs > GAUGE_KEPT_MS) this.#byReporter.delete(reporter);
      else for (const [key, value] of gauges) values.set(key, (values.get(key) ?? 0) + value);
    }
    return values;
  }

  /** undefined: nothing is to be written. */
  changed(): string | undefined {
    return this.#isChanged ? JSON.stringify([...this.#byReporter]) : undefined;
  }

  written(): void {
    this.#isChanged = false;
  }
}
