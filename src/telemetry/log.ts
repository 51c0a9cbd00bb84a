/** One JSON line per thing worth knowing. Never a key, never a body. What fails is always said; `LOG_LEVEL` is for the rest. */

export type LogLevel = "debug" | "info" | "warn" | "error";

export function logError(what: string, error: unknown, facts: Record<string, string | number> = {}): void {
  const cause =
    error instanceof Error ? { error: error.message, stack: error.stack } : { error: String(error) };
  console.error(JSON.stringify({ level: "error", what, ...facts, ...cause }));
}

/** One line for a difference that a verification found. */
export function logDifference(facts: Record<string, unknown>): void {
  console.error(JSON.stringify({ level: "error", what: "object and book differ", ...facts }));
}

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

export function isLogged(level: LogLevel, least: LogLevel): boolean {
  return RANK[level] >= RANK[least];
}

/** A request that was answered. What is undefined is left out. */
export interface RequestLine {
  level: LogLevel;
  requestId: string;
  method: string;
  /** The pattern of the route, never the path: that may hold anything. */
  route: string;
  status: number;
  durationMs: number;
  keyId: string | undefined;
  productId: string | undefined;
  /** Of the problem that it was answered with. */
  code: string | undefined;
}

export function logRequest({ level, ...facts }: RequestLine): void {
  // oxlint-disable-next-line no-console -- the platform files lines by the method that wrote them; this is no error
  console[level === "warn" ? "warn" : "log"](JSON.stringify({ level, what: "request", ...facts }));
}
