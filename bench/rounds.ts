/**
 * Contestants take turns, round after round in alternating order, so that whatever else the machine does
 * falls on all of them alike. Figures are medians over the rounds; a ratio is the median of the rounds'
 * ratios.
 */
import { logProgress } from "../scripts/progress.ts";
import type { Pace } from "./arguments.ts";
import type { Book } from "./book.ts";
import type { Extent, Outcome } from "./load.ts";
import { cpuTimeNs, machineTimeNs } from "./process-clock.ts";
import type { WorkerServer } from "./server.ts";
import { median } from "./statistics.ts";

export interface Contestant {
  label: string;
  server: WorkerServer;
  drive: (extent: Extent) => Promise<Outcome>;
  /** Where each answer puts one event; a sample ends when they are all there. */
  book?: Book | undefined;
  /** Resolves when all has been done that was put off, besides the book. */
  settle?: () => Promise<void>;
  /** Number of its next request. */
  nextIndex?: number;
}

/** What was seen of a contestant in one round. */
export interface Sample {
  answered: number;
  /** As the clients saw it. */
  answeredPerSecond: number;
  /** The same with what was put off charged: see `takeSample`. */
  perSecond: number;
  /** Of workerd per answer, putting into the book included. */
  cpuMicros: number;
  /** Events missing in the book when the load ended. */
  behind: number;
  /** Until the book had them. */
  catchUpMs: number;
  /** Events into the book, from the start of the load until the book had them. */
  bookPerSecond: number;
  /** Busy with neither workerd nor the bench, in cores. */
  othersCores: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

/** The samples of all rounds by contestant, ours first. */
export interface Race {
  labels: string[];
  samplesByLabel: Record<string, Sample[]>;
}

/**
 * Work put off until after the load is still work: the CPU time that workerd spends on catching up counts as
 * time of the load. Waiting idle while neighbours gather for the batch does not.
 */
export async function takeSample(contestant: Contestant, milliseconds: number): Promise<Sample> {
  const { server, book, nextIndex = 0 } = contestant;
  const offsetBefore = (await book?.offset()) ?? 0;
  const machineBefore = machineTimeNs();
  const ownBefore = process.cpuUsage();
  const cpuBefore = cpuTimeNs(server.pid);
  const outcome = await contestant.drive({ milliseconds, firstIndex: nextIndex });
  const cpuLoaded = cpuTimeNs(server.pid);
  const own = process.cpuUsage(ownBefore);
  const machineNs = machineTimeNs() - machineBefore;
  contestant.nextIndex = outcome.nextIndex;
  const { answered, seconds, p50Ms, p95Ms, p99Ms } = outcome;
  const caughtUp = await book?.waitFor(offsetBefore + answered);
  const { behind, catchUpMs } = caughtUp ?? { behind: 0, catchUpMs: 0 };
  await contestant.settle?.();
  const cpuSettled = cpuTimeNs(server.pid);
  const ownNs = (own.user + own.system) * 1000;
  return {
    answered,
    answeredPerSecond: answered / seconds,
    perSecond: answered / (seconds + (cpuSettled - cpuLoaded) / 1e9),
    cpuMicros: (cpuSettled - cpuBefore) / 1000 / answered,
    behind,
    catchUpMs,
    bookPerSecond: book ? answered / (seconds + catchUpMs / 1000) : 0,
    othersCores: Math.max(0, (machineNs - ownNs - (cpuLoaded - cpuBefore)) / 1e9 / seconds),
    p50Ms,
    p95Ms,
    p99Ms,
  };
}

export async function race(title: string, pace: Pace, contestants: Contestant[]): Promise<Race> {
  const samplesByLabel: Race["samplesByLabel"] = {};
  for (const contestant of contestants) {
    logProgress(`${title}: warming ${contestant.label}`);
    await takeSample(contestant, pace.warmUpMs);
  }
  for (let round = 1; round <= pace.rounds; round++) {
    for (const contestant of round % 2 === 1 ? contestants : contestants.toReversed()) {
      const { label } = contestant;
      const sample = await takeSample(contestant, pace.sampleMs);
      (samplesByLabel[label] ??= []).push(sample);
      const rate = Math.round(sample.perSecond).toLocaleString("en");
      logProgress(`${title}: round ${round} of ${pace.rounds}, ${label} ${rate}/s`);
    }
  }
  return { labels: contestants.map(({ label }) => label), samplesByLabel };
}

/** The median over the rounds. */
export function medianOf(raced: Race, label: string, figure: keyof Sample): number {
  return median(samplesOf(raced, label).map((sample) => sample[figure]));
}

/** Of answers a second or of a latency, ours to theirs. */
export interface Ratio {
  /** Median over the rounds. */
  ratio: number;
  low: number;
  high: number;
  /** What it would be if CPU time alone counted: steadier than time on a busy machine. */
  byCpu: number;
}

export function ratioOf(
  raced: Race,
  [ours, theirs]: [string, string],
  figure: "perSecond" | "answeredPerSecond" | "p50Ms" | "p95Ms" = "perSecond",
): Ratio {
  const pairs = samplesOf(raced, ours).flatMap((one, round) => {
    const other = samplesOf(raced, theirs)[round];
    return other ? [{ rate: one[figure] / other[figure], byCpu: other.cpuMicros / one.cpuMicros }] : [];
  });
  const rates = pairs.map(({ rate }) => rate);
  return {
    ratio: median(rates),
    low: Math.min(...rates),
    high: Math.max(...rates),
    byCpu: median(pairs.map(({ byCpu }) => byCpu)),
  };
}

function samplesOf({ samplesByLabel }: Race, label: string): Sample[] {
  const samples = samplesByLabel[label];
  if (!samples) throw new Error(`${label} was no contestant`);
  return samples;
}
