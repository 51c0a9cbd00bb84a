/** The report, as Markdown tables that also read well in a terminal. */
import type { Pace } from "./arguments.ts";
import type { Machine } from "./machine.ts";
import { decimal, type Claim, type Measurement } from "./measurement.ts";
import { PEERS, PEERS_CAVEAT } from "./peers.ts";
import { medianOf, type Race, type Sample } from "./rounds.ts";

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

export function renderHead(machine: Machine, pace: Pace): string {
  return [
    "# Holdfast bench",
    "",
    `${machine.cores} cores of ${machine.cpuModel}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, ` +
      `node ${machine.node}, ` +
      `workerd ${machine.workerd}, load average at the start ${decimal(machine.loadAverage, 2)}.`,
    `50 connections straight to the Worker; one workerd process each for ours and the baseline, each on one ` +
      `thread; ${pace.rounds} rounds of ${pace.sampleMs / 1000} s in turn, medians. Only ratios within one ` +
      `run mean much; the ratio by CPU time is the steadier one while others use the machine.`,
  ].join("\n");
}

export function renderSpeed(measurements: Measurement[]): string {
  const claims = measurements.flatMap(({ id, what, claims: all }) =>
    all.map((claim, index) => [...(index === 0 ? [id, what] : ["", ""]), ...claimCells(claim)]),
  );
  const samples = measurements.flatMap(({ id, race }) =>
    race
      ? race.labels.map((label, index) => [index === 0 ? id : "", label, ...sampleCells(race, label)])
      : [],
  );
  const notes = measurements.flatMap(({ id, notes: all = [] }) => all.map((note) => `- ${id}: ${note}`));
  return [
    "## Speed",
    "",
    table(["#", "what", "figure (lowest to highest round)", "to reach", ""], claims),
    "",
    table(
      ["#", "who", "answered/s", "charged/s", "p50 ms", "p95 ms", "p99 ms", "CPU µs each", "others' cores"],
      samples,
    ),
    "",
    "`charged`: CPU time that workerd spent on the book after the load counts as time of the load; ratios " +
      "use it. `others' cores`: what neither the bench nor the measured workerd used of the machine.",
    "",
    ...notes,
  ].join("\n");
}

function sampleCells(raced: Race, label: string): string[] {
  const cell = (figure: keyof Sample, digits = 0) => decimalOrDash(medianOf(raced, label, figure), digits);
  return [
    cell("answeredPerSecond"),
    cell("perSecond"),
    cell("p50Ms", 2),
    cell("p95Ms", 2),
    cell("p99Ms", 2),
    cell("cpuMicros", 1),
    cell("othersCores", 2),
  ];
}

/** NaN where it was not measured. */
export function renderPeers({ hot, spread }: { hot: number; spread: number }): string {
  const rows = [["Holdfast, here and now", decimalOrDash(hot), decimalOrDash(spread)], ...PEERS];
  return [
    "## Beside others",
    "",
    table(["reservations a second, 50 connections", "one product", "200 products"], rows),
    "",
    PEERS_CAVEAT,
  ].join("\n");
}

function decimalOrDash(value: number, digits = 0): string {
  return Number.isNaN(value) ? "-" : decimal(value, digits);
}
