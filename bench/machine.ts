/** What a figure was measured on. */
import { cpus, loadavg, release, totalmem } from "node:os";
import { WORKERD_VERSION } from "./toolchain.ts";

export type Machine = ReturnType<typeof describeMachine>;

export function describeMachine() {
  const processors = cpus();
  return {
    cores: processors.length,
    cpuModel: processors[0]?.model ?? "unknown",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    workerd: WORKERD_VERSION,
    loadAverage: loadavg()[0] ?? Number.NaN,
  };
}
