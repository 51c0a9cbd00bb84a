/** One line of progress: a bar that redraws itself on a terminal, elsewhere a line a second. */

const BAR_WIDTH_CHARS = 24;
const REDRAW_MS = 100;
const LINE_MS = 1000;

/**
 * @param {{ label: string, total: number, stream?: NodeJS.WriteStream }} what
 * @returns {{ update(done: number, note?: string): void, end(done: number, note?: string): void }}
 */
export function startProgress({ label, total, stream = process.stderr }) {
  const startedAt = performance.now();
  let lastDrawnAt = startedAt;

  const line = (done, note) => {
    const seconds = (performance.now() - startedAt) / 1000;
    const rate = seconds > 0 ? Math.round(done / seconds) : 0;
    const share = total > 0 ? Math.min(1, done / total) : 1;
    const filled = Math.round(share * BAR_WIDTH_CHARS);
    const bar = stream.isTTY ? ` [${"#".repeat(filled)}${".".repeat(BAR_WIDTH_CHARS - filled)}]` : "";
    const numbers = `${done}/${total} (${Math.floor(share * 100)} %), ${rate}/s`;
    return `${label}${bar} ${numbers}${note ? `, ${note}` : ""}`;
  };
  const draw = (text, last) => {
    if (stream.isTTY) stream.write(`\r\u001b[K${text.slice(0, stream.columns - 1)}${last ? "\n" : ""}`);
    else stream.write(`${text}\n`);
  };

  return {
    update(done, note = "") {
      const now = performance.now();
      if (now - lastDrawnAt < (stream.isTTY ? REDRAW_MS : LINE_MS)) return;
      lastDrawnAt = now;
      draw(line(done, note), false);
    },
    end(done, note = "") {
      draw(line(done, note), true);
    },
  };
}
