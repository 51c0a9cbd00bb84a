/** Markdown tables that also read well in a terminal. */
import type { Claim } from "./measurement.ts";

/** Columns padded to their widest cell. */
export function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** The cells of a claim. */
export function claimCells({ says, reach, reached }: Claim): string[] {
  return [says, reach, reached === undefined ? "" : reached ? "reached" : "NOT reached"];
}
