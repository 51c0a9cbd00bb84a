import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** MiB of each workerd of a process group, the largest first: the one that runs the Worker and its objects. */
export async function workerdMemory(processGroup: number | undefined): Promise<number[]> {
  const { stdout } = await run("ps", ["-A", "-o", "pgid=,rss=,args="]);
  const processes = stdout.split("\n").flatMap((line) => {
    const [group, kib, command = ""] = line.trim().split(/\s+/);
    return Number(group) === processGroup && command.endsWith("workerd")
      ? Math.round(Number(kib) / 1024)
      : [];
  });
  return processes.toSorted((a, b) => b - a);
}
