/** The sources of market prices and catalog entries, as the health report asks them. */
import { SOURCE_NAMES, type SourceStatus } from "../../domain/source";

export interface SourceProbe {
  name: string;
  status: () => Promise<SourceStatus>;
}

export function sourceProbes(env: Env): readonly SourceProbe[] {
  return SOURCE_NAMES.map((name) => ({ name, status: async () => env.SOURCE.getByName(name).status() }));
}
