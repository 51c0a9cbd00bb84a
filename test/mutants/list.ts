/** All mutants, and whether one can still be made of the code as it is. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clientMutants } from "./client.ts";
import { edgeMutants } from "./edge.ts";
import { keyMutants } from "./keys.ts";
import { limitMutants } from "./limits.ts";
import { liveMutants } from "./live.ts";
import type { Mutant } from "./mutant.ts";
import { objectMutants } from "./objects.ts";
import { quoteMutants } from "./quotes.ts";
import { reportMutants } from "./reports.ts";
import { reservationMutants } from "./reservations.ts";
import { sourceMutants } from "./sources.ts";
import { stockMutants } from "./stock.ts";
import { telemetryMutants } from "./telemetry.ts";

export const MUTANTS: readonly Mutant[] = [
  ...stockMutants,
  ...reservationMutants,
  ...objectMutants,
  ...edgeMutants,
  ...liveMutants,
  ...quoteMutants,
  ...sourceMutants,
  ...limitMutants,
  ...reportMutants,
  ...keyMutants,
  ...telemetryMutants,
  ...clientMutants,
];

/** Why the mutant cannot be made; undefined: it can. */
export function misfit(project: string, { file, search, replace, tests }: Mutant): string | undefined {
  if (search === replace) return "it changes nothing";
  const gone = tests.filter((path) => !existsSync(join(project, path)));
  if (gone.length > 0) return `no tests at ${gone.join(", ")}`;
  if (!existsSync(join(project, file))) return `${file} does not exist`;
  const times = readFileSync(join(project, file), "utf8").split(search).length - 1;
  return times === 1 ? undefined : `found ${times} times in ${file}, not once: ${search}`;
}
