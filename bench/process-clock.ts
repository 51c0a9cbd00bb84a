/**
 * CPU time of another process, from the kernel's own books. `schedstat` counts nanoseconds per thread; it
 * must be summed over the threads, since the file beside the process is the main thread's alone. A kernel
 * without it has 10 ms ticks.
 */
import { readFileSync, readdirSync } from "node:fs";

const TICK_NS = 10_000_000;

/** Nanoseconds of CPU time spent by all living threads of the process. */
export function cpuTimeNs(pid: number): number {
  let total = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      total += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ", 1)[0]);
    } catch {
      // The thread ended between the listing and the reading, or the kernel keeps no such file.
    }
  }
  return total > 0 ? total : ticksOf(pid) * TICK_NS;
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** Nanoseconds of CPU time spent by the whole machine, idle and waiting left out. */
export function machineTimeNs(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = line
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + softIrq + steal) * TICK_NS;
}

/** The workerd processes that this process started and that still live. */
export function childWorkerds(): number[] {
  const children = readdirSync("/proc/self/task").flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" ").filter(Boolean),
  );
  return children.filter((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "workerd").map(Number);
}
