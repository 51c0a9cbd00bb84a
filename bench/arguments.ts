/** The command line. */
import { parseArgs } from "node:util";

export const MEASURES = [
  "B1",
  "B2",
  "B3",
  "B4",
  "B5",
  "B6",
  "B7",
  "B9",
  "B12",
  "B13",
  "B15",
  "rows",
  "size",
  "startup",
];

export interface Pace {
  rounds: number;
  sampleMs: number;
  warmUpMs: number;
}

export const FULL: Pace = { rounds: 5, sampleMs: 2000, warmUpMs: 2000 };
const QUICK: Pace = { rounds: 3, sampleMs: 1000, warmUpMs: 1000 };

export const USAGE = `npm run bench -- [--quick] [--only B1,rows] [--json FILE]
  --quick   three rounds of one second instead of five of two
  --only    some of ${MEASURES.join(", ")}
  --json    write every figure of every round to FILE as well`;

export interface BenchOptions {
  pace: Pace;
  only: Set<string>;
  json: string | undefined;
  help: boolean;
}

/** Throws on what it does not know. */
export function readArguments(): BenchOptions {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const names = values.only?.split(",").map((name) => name.trim()) ?? MEASURES;
  const unknown = names.filter((name) => !MEASURES.includes(name));
  if (unknown.length > 0) throw new Error(`no measure ${unknown.join(", ")}\n${USAGE}`);
  return { pace: values.quick ? QUICK : FULL, only: new Set(names), json: values.json, help: values.help };
}
