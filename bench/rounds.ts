/**
 * Contestants take turns, round after round in alternating order, so that whatever else the machine does
 * falls on all of them alike. Figures are medians over the rounds; a ratio is the median of the rounds'
 * ratios.
 */
import { z } from "zod";
import { logProgress } from "../scripts/progress.ts";
import type { Pace } from "./arguments.ts";
import type { Book } from "./book.ts";
import type { Extent, Outcome } from "./load.ts";
import { machineTimeNs } from "./process-clock.ts";
import type { WorkerServer } from "./server.ts";
import { spreadOf, type Spread } from "./statistics.ts";

export interface Contestant {
  label: string;
  server: Pick<WorkerServer, "cpuTimeNs">;
  drive: (extent: Extent) => Promise<Outcome>;
  /** Where each answer puts one event; a sample ends when they are all there. */
  book?: Book | undefined;
  /** Resolves when all has been done that was put off, besides the book. */
  settle?: () => Promise<void>;
  /** Number of its next request. */
  nextIndex?: number;
}

/** JSON has no NaN, which is what was not measured. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

/** What was seen of a contestant in one round. */
export type Sample = z.infer<typeof sample>;
const sample = z.object({
  answered: figure,
  /** As the clients saw it. */
  answeredPerSecond: figure,
  /** The same with what was put off charged: see `takeSample`. */
  perSecond: figure,
  /** Of workerd per answer, putting into the book included. */
  cpuMicros: figure,
  /** Events missing in the book when the load ended. */
  behind: figure,
  /** Until the book had them. */
  catchUpMs: figure,
  /** Events into the book, from the start of the load until the book had them. */
  bookPerSecond: figure,
  /** Busy with neither workerd nor the bench, in cores. */
  othersCores: figure,
  p50Ms: figure,
  p95Ms: figure,
  p99Ms: figure,
});

/** The samples of all rounds by contestant, ours first. */
export type Race = z.infer<typeof race>;
export const race = z.object({
  labels: z.array(z.string()),
  samplesByLabel: z.record(z.string(), z.array(sample)),
});

/**
 * Work put off until after the load is still work: the CPU time that workerd spends on catching up counts as
 * time of the load. Waiting idle while neighbours gather for the batch does not.
 */
export async function takeSample(contestant: Contestant, milliseconds: number): Promise<Sample> {
  const { server, book, nextIndex = 0 } = contestant;
  const offsetBefore = (await book?.offset()) ?? 0;
  const machineBefore = machineTimeNs();
  const ownBefore = process.cpuUsage();
  const cpuBefore = server.cpuTimeNs();
  const outcome = await contestant.drive({ milliseconds, firstIndex: nextIndex });
  const cpuLoaded = server.cpuTimeNs();
  const own = process.cpuUsage(ownBefore);
  const machineNs = machineTimeNs() - machineBefore;
  contestant.nextIndex = outcome.nextIndex;
  const { answered, seconds, p50Ms, p95Ms, p99Ms } = outcome;
  const caughtUp = await book?.waitFor(offsetBefore + answered);
  const { behind, catchUpMs } = caughtUp ?? { behind: 0, catchUpMs: 0 };
  await contestant.settle?.();
  const cpuSettled = server.cpuTimeNs();
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

export async function runRace(title: string, pace: Pace, contestants: Contestant[]): Promise<Race> {
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
  return spreadOf(samplesOf(raced, label).map((one) => one[figure])).median;
}

/** Ours to theirs, round by round. */
export interface Ratio {
  /** Of answers a second, or of a latency. */
  clock: Spread;
  /** Of answers for the same CPU time: steadier than the clock on a busy machine. */
  cpu: Spread;
}

export function ratioOf(
  raced: Race,
  [ours, theirs]: [string, string],
  figure: "perSecond" | "answeredPerSecond" | "p50Ms" | "p95Ms" = "perSecond",
): Ratio {
  const pairs = samplesOf(raced, ours).flatMap((one, round) => {
    const other = samplesOf(raced, theirs)[round];
    return other ? [{ clock: one[figure] / other[figure], cpu: other.cpuMicros / one.cpuMicros }] : [];
  });
  return {
    clock: spreadOf(pairs.map(({ clock }) => clock)),
    cpu: spreadOf(pairs.map(({ cpu }) => cpu)),
  };
}

function samplesOf({ samplesByLabel }: Race, label: string): Sample[] {
  const samples = samplesByLabel[label];
  if (!samples) throw new Error(`${label} was no contestant`);
  return samples;
}
