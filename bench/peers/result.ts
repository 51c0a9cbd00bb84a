/** What a run beside others found, and the table of it. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { pace } from "../arguments.ts";
import { machine, machineLine } from "../machine.ts";
import { decimal } from "../measurement.ts";
import { medianOf, race } from "../rounds.ts";
import { table } from "../table.ts";
import { checked } from "./check.ts";

export type PeersResult = z.infer<typeof peersResult>;
const peersResult = z.object({
  at: z.iso.datetime(),
  machine,
  pace,
  /** Of servers and packages, by name. */
  versions: z.record(z.string(), z.string()),
  hot: race,
  spread: race,
  checks: z.array(checked),
});

export function readPeersResult(file: string): PeersResult {
  const { data, error } = peersResult.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!data) throw new Error(`${file} is no result beside others: ${z.prettifyError(error)}`);
  return data;
}

export function renderPeers({
  at,
  machine: here,
  pace: { rounds, sampleMs },
  versions,
  hot,
  spread,
  checks,
}: PeersResult): string {
  const rows = hot.labels.map((label) => [
    label,
    ...[hot, spread].flatMap((raced) => [
      decimal(medianOf(raced, label, "answeredPerSecond")),
      decimal(medianOf(raced, label, "cpuMicros")),
      decimal(medianOf(raced, label, "p99Ms"), 1),
    ]),
  ]);
  const head = [
    "reservations a second",
    "one product",
    "CPU µs each",
    "p99 ms",
    "200 products",
    "CPU µs each",
    "p99 ms",
  ];
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    table(head, rows),
    "",
    "**The others use both cores and one place; Holdfast is one thread of one place, and every product may live in another.** " +
      "CPU is that of all processes of a service, its database included; Holdfast's includes the way into the book.",
    "",
    `${at.slice(0, 16).replace("T", " ")} UTC, ${machineLine(here)}; ${named.join(", ")}. 50 connections, ${rounds} rounds of ` +
      `${sampleMs / 1000} s in turn, medians, all by the same load.`,
    "",
    ...checks.map(
      ({ label, sold, agrees, oversold, counts }) =>
        `- ${label}: ${decimal(sold)} held; ` +
        (agrees ? "as many units gone, by every count of them" : `**the counts differ: ${counts}**`) +
        `; ${oversold} products oversold. The last 500 units were asked for 1,000 times and held 500 times.`,
    ),
  ].join("\n");
}
