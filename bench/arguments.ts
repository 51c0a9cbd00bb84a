/** The command line. */
import { parseArgs } from "node:util";
import { z } from "zod";

export const MEASURES = [
  "B1",
  "B2",
  "B3",
  "B4",
  "B5",
  "B6",
  "B7",
  "B8",
  "B9",
  "B10",
  "B11",
  "B12",
  "B13",
  "B14",
  "B15",
  "rows",
  "size",
  "startup",
];

export type Pace = z.infer<typeof pace>;
export const pace = z.object({
  rounds: z.number(),
  sampleMs: z.number(),
  warmUpMs: z.number(),
  /** Of what has no rounds: less. */
  quick: z.boolean().optional(),
});

export const FULL: Pace = { rounds: 5, sampleMs: 2000, warmUpMs: 2000 };
export const QUICK: Pace = { rounds: 3, sampleMs: 1000, warmUpMs: 1000, quick: true };

export const USAGE = `npm run bench -- [--quick] [--only B1,rows] [--sets FILE] [--json FILE] [--against FILE]
  --quick   three rounds of one second instead of five of two; an import of 3,000, a smaller book, fewer holds
  --only    some of ${MEASURES.join(", ")}
  --sets    Rebrickable's sets.csv (themes.csv beside it) for B10 and B11, instead of a generated catalog
  --json    write every figure of every round to FILE as well
  --against compare with an earlier FILE that --json wrote: what moved by more than the noise of both`;

export interface BenchOptions {
  pace: Pace;
  only: Set<string>;
  /** A file. */
  sets: string | undefined;
  json: string | undefined;
  /** What an earlier run wrote. */
  against: string | undefined;
  help: boolean;
}

/** Throws on what it does not know. */
export function readArguments(): BenchOptions {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      sets: { type: "string" },
      json: { type: "string" },
      against: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const names = values.only?.split(",").map((name) => name.trim()) ?? MEASURES;
  const unknown = names.filter((name) => !MEASURES.includes(name));
  if (unknown.length > 0) throw new Error(`no measure ${unknown.join(", ")}\n${USAGE}`);
  const { sets, json, against, help } = values;
  return { pace: values.quick ? QUICK : FULL, only: new Set(names), sets, json, against, help };
}
