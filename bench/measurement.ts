/** What a measure found: its rounds, and what it claims beside what is to be reached. */
import type { Race, Ratio } from "./rounds.ts";

export interface Claim {
  /** The figure with its unit. */
  says: string;
  /** What is to be reached. */
  reach: string;
  /** Left out where the figure is only reported. */
  reached?: boolean;
}

export interface Measurement {
  id: string;
  what: string;
  race?: Race;
  claims: Claim[];
  notes?: string[];
}

export function decimal(value: number, digits = 0): string {
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `of`: what the ratio is to. */
export function ratioClaim(
  { ratio, low, high, byCpu }: Ratio,
  { least, of }: { least: number; of: string },
): Claim {
  const spread = `${decimal(low, 2)} to ${decimal(high, 2)}; by CPU time ${decimal(byCpu, 2)}`;
  return {
    says: `${decimal(ratio, 2)} of ${of} (${spread})`,
    reach: `>= ${decimal(least, 2)}`,
    reached: ratio >= least,
  };
}

export function ceilingClaim(
  name: string,
  value: number,
  { most, unit, digits = 0 }: { most: number; unit: string; digits?: number },
): Claim {
  const says = `${name} ${decimal(value, digits)} ${unit}`;
  return { says, reach: `<= ${decimal(most, digits)} ${unit}`, reached: value <= most };
}
