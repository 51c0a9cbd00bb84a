/** The sources of market prices and catalog entries, as the health report asks them. */

export interface SourceStatus {
  name: string;
  configured: boolean;
  state: "ok" | "degraded" | "down" | "idle";
  lastSuccessAt: string | null;
  lastError: string | null;
  nextRunAt: string | null;
}

export interface SourceProbe {
  name: string;
  status: () => Promise<SourceStatus>;
}

/** A source is added here: its name, and its object's `status()`. */
export function sourceProbes(_env: Env): readonly SourceProbe[] {
  return [];
}
