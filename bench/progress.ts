/** What is going on, for whoever waits: on stderr, so that stdout is the report alone. */

const startedAt = performance.now();

/** @param {string} line */
export function progress(line) {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
  process.stderr.write(`${seconds} s  ${line}\n`);
}
