/** Demand that no event tells of: units that were refused, and words that were searched for. */
import type { ReportSpan } from "./report";

/** Products that were refused for want of stock; searches; searches that found nothing. */
export const DEMAND_KINDS = ["refused", "searched", "unfound"] as const;
export type DemandKind = (typeof DEMAND_KINDS)[number];

/** What is known of a name (a productId, or the words of a search): how often, and of how many units. */
export interface Tally {
  name: string;
  count: number;
  units: number;
}

/** What a Worker has added up of one kind. */
export interface DemandDelta {
  kind: DemandKind;
  tallies: readonly Tally[];
  /** Of names there was no room for: how often in all. */
  lost: number;
}

export interface DemandQuery {
  kind: DemandKind;
  span: ReportSpan;
}

/** Names in order of `by`, the most first, then by name. */
export interface DemandRankingQuery extends DemandQuery {
  by: "count" | "units";
  /** Only those with so much of it. */
  atLeast: number;
  /** The last name of the page before. */
  after?: { value: number; name: string } | undefined;
  limit: number;
}

/** Every count is true or too low, by this much at most; that goes for names that are not here too. */
export interface DemandAnswer {
  tallies: Tally[];
  maximumError: number;
}
