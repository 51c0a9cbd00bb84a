/** What a run found, as a file of it has it: everything that the report is made of. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { MEASURES, pace } from "./arguments.ts";
import { machine } from "./machine.ts";
import { measurement } from "./measurement.ts";
import { rowCounts } from "./rows.ts";
import { startup } from "./startup.ts";

export type Result = z.infer<typeof result>;
const result = z.object({
  /** When it began. */
  at: z.iso.datetime(),
  machine,
  pace,
  measurements: z.array(measurement),
  /** What was not wanted is left out. */
  counted: rowCounts.optional(),
  gzipBytes: z.number().optional(),
  startup: startup.optional(),
});

/** Throws when the file is no result, or one of before its form changed. */
export function readResult(file: string): Result {
  const { data, error } = result.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!data) throw new Error(`${file} is no result of this bench: ${z.prettifyError(error)}`);
  return data;
}

/** Of runs one after the other, each with some of the measures, as one; what two have is the later's. */
export function merged(results: [Result, ...Result[]]): Result {
  const measurementById = new Map(
    results.flatMap((one) => one.measurements.map((found) => [found.id, found])),
  );
  const measurements = MEASURES.flatMap((id) => measurementById.get(id) ?? []);
  const { at, machine: here, pace: first } = results[0];
  return { ...Object.assign({}, ...results), at, machine: here, pace: first, measurements };
}
