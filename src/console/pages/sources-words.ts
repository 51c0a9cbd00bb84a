/** Sources as people call them. */
import type { SourceName } from "../../client/wire-operation.ts";

export const SOURCE_WORDS: Record<SourceName, string> = {
  coingecko: "CoinGecko",
  rebrickable: "Rebrickable",
};

export const SOURCE_NAMES: readonly SourceName[] = ["coingecko", "rebrickable"];

/** One that this release does not know is called as the service calls it. */
export function sourceWord(name: string): string {
  return Object.entries(SOURCE_WORDS).find(([known]) => known === name)?.[1] ?? name;
}
