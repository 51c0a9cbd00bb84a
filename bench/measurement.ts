/** What a measure found: its rounds, and what it claims beside what is to be reached. */
import { z } from "zod";
import { race, type Ratio } from "./rounds.ts";
import type { Spread } from "./statistics.ts";

export type Claim = z.infer<typeof claim>;
const claim = z.object({
  /** What it is the figure of; the same in every run. */
  name: z.string(),
  /** The figure with its unit. */
  says: z.string(),
  /** What is to be reached. */
  reach: z.string(),
  /** Left out where the figure is only reported. */
  reached: z.boolean().optional(),
  /** For comparisons with another run; a count has itself as its lowest and highest. Left out: not to be compared. */
  figure: z.object({ median: z.number(), low: z.number(), high: z.number() }).optional(),
});

export type Measurement = z.infer<typeof measurement>;
export const measurement = z.object({
  id: z.string(),
  what: z.string(),
  race: race.optional(),
  claims: z.array(claim),
  notes: z.array(z.string()).optional(),
  /** A table of what was looked at one by one. */
  details: z.object({ head: z.array(z.string()), rows: z.array(z.array(z.string())) }).optional(),
});

export function decimal(value: number, digits = 0): string {
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

interface RatioGoal {
  /** What the ratio is to. */
  of: string;
  /** Left out: reported. */
  least?: number;
  /** What it is judged by. */
  by: keyof Ratio;
  digits?: number;
}

const BY = { clock: "by the clock", cpu: "by CPU time" };

export function ratioClaim(ratio: Ratio, { of, least, by, digits = 2 }: RatioGoal): Claim {
  const judged = ratio[by];
  const other = by === "cpu" ? "clock" : "cpu";
  const beside = `${BY[other]} ${decimal(ratio[other].median, digits)}`;
  return {
    name: `of ${of}`,
    says: `${decimal(judged.median, digits)} of ${of} (${rangeOf(judged, digits)}; ${beside})`,
    figure: judged,
    ...(least === undefined
      ? { reach: "reported" }
      : { reach: `>= ${decimal(least, digits)} ${BY[by]}`, reached: judged.median >= least }),
  };
}

export function rangeOf({ low, high }: Spread, digits = 0): string {
  return `${decimal(low, digits)} to ${decimal(high, digits)}`;
}

/** What is counted, or is the one outcome of many: every run has the same, or it has changed. */
export function exactly(value: number): Spread {
  return { median: value, low: value, high: value };
}

export function ceilingClaim(
  name: string,
  value: number,
  { most, unit, digits = 0 }: { most: number; unit: string; digits?: number },
): Claim {
  return {
    name,
    says: `${name} ${decimal(value, digits)} ${unit}`,
    reach: `<= ${decimal(most, digits)} ${unit}`,
    reached: value <= most,
  };
}
