/** What a figure was measured on. */
import { cpus, loadavg, release, totalmem } from "node:os";
import { z } from "zod";
import { decimal } from "./measurement.ts";
import { WORKERD_VERSION } from "./toolchain.ts";

export type Machine = z.infer<typeof machine>;
export const machine = z.object({
  cores: z.number(),
  cpuModel: z.string(),
  memoryGiB: z.number(),
  kernel: z.string(),
  node: z.string(),
  workerd: z.string(),
  /** At the start. */
  loadAverage: z.number(),
});

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cores: processors.length,
    cpuModel: processors[0]?.model ?? "unknown",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    workerd: WORKERD_VERSION,
    loadAverage: loadavg()[0] ?? 0,
  };
}

export function machineLine({
  cores,
  cpuModel,
  memoryGiB,
  kernel,
  node,
  workerd,
  loadAverage,
}: Machine): string {
  return (
    `${cores} cores of ${cpuModel}, ${memoryGiB} GiB, Linux ${kernel}, node ${node}, workerd ${workerd}, ` +
    `load average at the start ${decimal(loadAverage, 2)}`
  );
}
