/** One JSON line per thing worth knowing. Never a key, never a body. */

export function logError(what: string, error: unknown, facts: Record<string, string | number> = {}): void {
  const cause =
    error instanceof Error ? { error: error.message, stack: error.stack } : { error: String(error) };
  console.error(JSON.stringify({ level: "error", what, ...facts, ...cause }));
}

/** One line for a difference that a verification found. */
export function logDifference(facts: Record<string, unknown>): void {
  console.error(JSON.stringify({ level: "error", what: "object and book differ", ...facts }));
}
