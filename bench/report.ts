/** The report, as Markdown tables that also read well in a terminal. */
import { decimal } from "./finding.mjs";
import { PEERS, PEERS_CAVEAT } from "./peers.mjs";
import { medianTurn } from "./turns.mjs";

/** @param {string[]} head @param {string[][]} rows @returns {string} columns padded to their widest cell */
export function table(head, rows) {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** @param {import("./finding.mjs").Claim} claim */
export function verdict({ reached }) {
  if (reached === undefined) return "-";
  return reached ? "reached" : "NOT reached";
}

/** @param {import("./machine.mjs").Machine} machine @param {import("./arguments.mjs").Pace} pace */
export function renderHead(machine, pace) {
  return [
    "# Holdfast bench",
    "",
    `${machine.cores} cores of ${machine.cpuModel}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, ` +
      `node ${machine.node}, ` +
      `workerd ${machine.workerd}, load average at the start ${decimal(machine.loadAverage, 2)}.`,
    `50 connections straight to the Worker; one workerd process each for ours and the floor, each on one ` +
      `thread; ${pace.rounds} rounds of ${pace.turnMs / 1000} s in turn, medians. Only ratios within one ` +
      `run mean much; the ratio by CPU time is the steadier one while others use the machine.`,
  ].join("\n");
}

/** @param {import("./finding.mjs").Finding[]} findings */
export function renderSpeed(findings) {
  const claims = findings.flatMap(({ id, what, claims: all }) =>
    all.map((claim, index) => [
      index === 0 ? id : "",
      index === 0 ? what : "",
      claim.says,
      claim.reach,
      verdict(claim),
    ]),
  );
  const turns = findings.flatMap(({ id, labels, turnsByLabel }) =>
    labels.map((label, index) =>
      turnRow(index === 0 ? id : "", label, medianTurn(turnsByLabel[label] ?? [])),
    ),
  );
  const notes = findings.flatMap(({ id, notes: all }) => all.map((note) => `- ${id}: ${note}`));
  return [
    "## Speed",
    "",
    table(["#", "what", "figure (lowest to highest round)", "to reach", ""], claims),
    "",
    table(
      ["#", "who", "answered/s", "charged/s", "p50 ms", "p95 ms", "p99 ms", "CPU µs each", "others' cores"],
      turns,
    ),
    "",
    "`charged`: CPU time that workerd spent on the book after the load counts as time of the load; ratios " +
      "use it. `others' cores`: what neither the bench nor the workerd in turn used of the machine.",
    "",
    ...notes,
  ].join("\n");
}

/** @param {string} id @param {string} label @param {import("./turns.mjs").Turn} turn */
function turnRow(id, label, turn) {
  const milliseconds = [turn.p50Ms, turn.p95Ms, turn.p99Ms].map((value) =>
    Number.isNaN(value) ? "-" : decimal(value, 2),
  );
  return [
    id,
    label,
    decimal(turn.answeredPerSecond),
    decimal(turn.perSecond),
    ...milliseconds,
    decimal(turn.cpuMicros, 1),
    decimal(turn.othersCores, 2),
  ];
}

/** @param {{ hot: number, spread: number }} rates NaN where it was not measured */
export function renderPeers({ hot, spread }) {
  const rate = (value) => (Number.isNaN(value) ? "-" : decimal(value));
  const rows = [["Holdfast, here and now", rate(hot), rate(spread)], ...PEERS];
  return [
    "## Beside others",
    "",
    table(["reservations a second, 50 connections", "one product", "200 products"], rows),
    "",
    PEERS_CAVEAT,
  ].join("\n");
}
