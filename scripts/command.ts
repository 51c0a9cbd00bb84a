/**
 * What the commands that people type have in common: how they are stopped, and how they say what went wrong.
 */

/**
 * Runs a command to its exit code. Ctrl-C and its like abort the signal; what is thrown is printed in one
 * line.
 */
export async function runCommand(command: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const stopping = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(name, () => stopping.abort(new Error("stopped")));
  try {
    process.exitCode = await command(stopping.signal);
  } catch (error) {
    console.error(errorText(error));
    process.exitCode = 1;
  }
}

/** With what lies below it: `fetch failed: connect ECONNREFUSED 127.0.0.1:8787`. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${errorText(error.cause)}`;
}
