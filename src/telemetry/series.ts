/**
 * A series is an instrument with a value for each of its labels. Its key is what isolates, the Meter and its storage know it by;
 * its value is a number, or the buckets of a histogram.
 */
import * as z from "zod";
import { MAX_LABEL_CHARS } from "../limits/metrics";
import { bucketsOf, INSTRUMENTS, isInstrument, type InstrumentName, type LabelsOf } from "./instruments";

export const distribution = z.object({
  sum: z.number(),
  /** In each bucket alone; the last is past all bounds. */
  counts: z.array(z.number()),
});
export type Distribution = z.output<typeof distribution>;

/** What has been measured of each series, by its key. */
export interface Measurements {
  numbers: Record<string, number>;
  distributions: Record<string, Distribution>;
}

export interface Series {
  name: InstrumentName;
  labels: [label: string, value: string][];
}

const BETWEEN = "\t";

export function keyOf<Name extends InstrumentName>(name: Name, labels: LabelsOf<Name>): string {
  let key: string = name;
  for (const label of Object.keys(INSTRUMENTS[name].labels))
    key += BETWEEN + String(Reflect.get(labels, label)).slice(0, MAX_LABEL_CHARS);
  return key;
}

/** undefined: this release has no such instrument, or it has other labels. */
export function seriesOf(key: string): Series | undefined {
  const [name = "", ...values] = key.split(BETWEEN);
  if (!isInstrument(name)) return undefined;
  const names = Object.keys(INSTRUMENTS[name].labels);
  if (names.length !== values.length) return undefined;
  return { name, labels: names.map((label, index) => [label, values[index] ?? ""]) };
}

export function nameOf(key: string): string {
  const end = key.indexOf(BETWEEN);
  return end === -1 ? key : key.slice(0, end);
}

/** Of no observation. */
export function emptyDistribution(buckets: readonly number[]): Distribution {
  return { sum: 0, counts: Array.from({ length: buckets.length + 1 }, () => 0) };
}

export function observeIn(into: Distribution, buckets: readonly number[], value: number): void {
  into.sum += value;
  let bucket = 0;
  while (bucket < buckets.length && value > (buckets[bucket] ?? 0)) bucket += 1;
  into.counts[bucket] = (into.counts[bucket] ?? 0) + 1;
}

/** False: they have not the same buckets. */
export function addDistribution(into: Distribution, added: Distribution): boolean {
  if (into.counts.length !== added.counts.length) return false;
  into.sum += added.sum;
  for (const [index, count] of added.counts.entries()) into.counts[index] = (into.counts[index] ?? 0) + count;
  return true;
}

/** Of instruments whose labels are all listed every series is shown from the beginning, so that its first step is seen. */
export function zeroSeries(): string[] {
  const keys = Object.keys(INSTRUMENTS)
    .filter(isInstrument)
    .flatMap((name) => {
      const { kind, labels } = INSTRUMENTS[name];
      if (kind !== "counter") return [];
      let found: string[] = [name];
      for (const values of Object.values<readonly string[] | "bounded">(labels)) {
        if (values === "bounded") return [];
        found = found.flatMap((key) => values.map((value) => key + BETWEEN + value));
      }
      return found;
    });
  return keys;
}

export function bucketsOfKey(key: string): readonly number[] | undefined {
  const name = nameOf(key);
  return isInstrument(name) ? bucketsOf(name) : undefined;
}
