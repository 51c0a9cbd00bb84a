/** What is going on, for whoever waits: on stderr, so that stdout is the result alone. */

const BAR_WIDTH_CHARS = 24;
const REDRAW_MS = 100;
const LINE_MS = 1000;

export interface Progress {
  update(done: number, note?: string): void;
  end(done: number, note?: string): void;
}

/** A line of its own, with the seconds since the process began. */
export function logProgress(line: string): void {
  console.error(withElapsed(line));
}

export function withElapsed(line: string): string {
  return `${(performance.now() / 1000).toFixed(1).padStart(6)} s  ${line}`;
}

/** One line: a bar that redraws itself on a terminal, elsewhere a line a second. */
export function startProgress(label: string, total: number): Progress {
  const stream = process.stderr;
  const startedAt = performance.now();
  let lastDrawnAt = startedAt;

  const draw = (done: number, last: boolean, note = "") => {
    const seconds = (performance.now() - startedAt) / 1000;
    const share = total > 0 ? Math.min(1, done / total) : 1;
    const left = last ? "" : `, ${Math.max(0, Math.ceil(seconds * (total / Math.max(1, done) - 1)))} s left`;
    const numbers = `${done}/${total} (${Math.floor(share * 100)} %), ${Math.round(done / (seconds || 1))}/s${left}`;
    const bar = "#".repeat(Math.round(share * BAR_WIDTH_CHARS)).padEnd(BAR_WIDTH_CHARS, ".");
    const text = `${label}${stream.isTTY ? ` [${bar}]` : ""} ${numbers}${note ? `, ${note}` : ""}`;
    if (stream.isTTY) stream.write(`\r\u001b[K${text.slice(0, stream.columns - 1)}${last ? "\n" : ""}`);
    else stream.write(`${text}\n`);
  };
  return {
    update(done, note) {
      const now = performance.now();
      if (now - lastDrawnAt < (stream.isTTY ? REDRAW_MS : LINE_MS)) return;
      lastDrawnAt = now;
      draw(done, false, note);
    },
    end: (done, note) => draw(done, true, note),
  };
}
