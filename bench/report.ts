/** The report, as Markdown tables that also read well in a terminal. */
import { machineLine } from "./machine.ts";
import { decimal, type Measurement } from "./measurement.ts";
import { renderFootprint, renderRows } from "./report-rows.ts";
import type { Result } from "./result.ts";
import { medianOf, type Race, type Sample } from "./rounds.ts";
import { claimCells, table } from "./table.ts";

/** Of what was measured. */
export function renderResult(result: Result): string {
  const { measurements, counted, gzipBytes, startup } = result;
  const parts = [
    `# Holdfast bench\n\n${renderHead(result)}`,
    measurements.length > 0 && `## Speed\n\n${renderSpeed(measurements)}`,
    ...measurements.map(renderDetails),
    counted && renderRows(counted),
    (startup ?? gzipBytes) !== undefined &&
      `## Size and start-up\n\n${renderFootprint({ gzipBytes, startup })}`,
  ];
  return parts.filter(Boolean).join("\n\n");
}

export function renderHead({ at, machine, pace }: Result): string {
  return (
    `${at.slice(0, 16).replace("T", " ")} UTC, ${machineLine(machine)}. 50 connections straight to the Worker; one workerd ` +
    `process each for ours and the baseline, each on one thread; ${pace.rounds} rounds of ${pace.sampleMs / 1000} s in turn, ` +
    "medians. Only ratios within one run mean much; the ratio by CPU time is the steadier one while others use the machine."
  );
}

export function renderSpeed(measurements: Measurement[]): string {
  const samples = measurements.flatMap(({ id, race }) =>
    race
      ? race.labels.map((label, index) => [index === 0 ? id : "", label, ...sampleCells(race, label)])
      : [],
  );
  const notes = measurements.flatMap(({ id, notes: all = [] }) => all.map((note) => `- ${id}: ${note}`));
  return [
    claimsTable(measurements),
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

function claimsTable(measurements: Measurement[]): string {
  const rows = measurements.flatMap(({ id, what, claims: all }) =>
    all.map((claim, index) => [...(index === 0 ? [id, what] : ["", ""]), ...claimCells(claim)]),
  );
  return table(["#", "what", "figure (lowest to highest round)", "to reach", ""], rows);
}

export function renderDetails({ id, details }: Measurement): string | false {
  return (
    details !== undefined &&
    details.rows.length > 0 &&
    `## ${id}, what is beyond\n\n${table(details.head, details.rows)}`
  );
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

function decimalOrDash(value: number, digits = 0): string {
  return Number.isNaN(value) ? "-" : decimal(value, digits);
}
