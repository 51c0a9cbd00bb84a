/** What a running server has in memory. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { WebSocket } from "ws";
import { z } from "zod";

const MIB = 1024 * 1024;
const ANSWER_TIMEOUT_MS = 60_000;

const run = promisify(execFile);
const targets = z.array(z.object({ webSocketDebuggerUrl: z.string() })).min(1);
const heap = z.object({
  id: z.literal(3),
  result: z.object({ usedSize: z.number(), backingStorageSize: z.number() }),
});

/** MiB of each workerd of a process group, the largest first: the one that runs the Worker and its objects. */
export async function processMib(processGroup: number | undefined): Promise<number[]> {
  const { stdout } = await run("ps", ["-A", "-o", "pgid=,rss=,args="]);
  const processes = stdout.split("\n").flatMap((line) => {
    const [group, kib, command = ""] = line.trim().split(/\s+/);
    return Number(group) === processGroup && command.endsWith("workerd")
      ? Math.round(Number(kib) / 1024)
      : [];
  });
  return processes.toSorted((a, b) => b - a);
}

/** MiB of what is alive in the Worker's isolate, once everything else was collected. */
export async function aliveMib(inspectorPort: number): Promise<number> {
  const listed = await fetch(`http://127.0.0.1:${inspectorPort}/json`);
  const [target] = targets.parse(await listed.json());
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? "");
  try {
    await once(socket, "open");
    const answered = Promise.withResolvers<number>();
    socket.on("message", (data) => {
      const { success, data: answer } = heap.safeParse(JSON.parse(String(data)));
      if (success) answered.resolve(answer.result.usedSize + answer.result.backingStorageSize);
    });
    const commands = ["HeapProfiler.enable", "HeapProfiler.collectGarbage", "Runtime.getHeapUsage"];
    for (const [index, method] of commands.entries()) socket.send(JSON.stringify({ id: index + 1, method }));
    const timeout = setTimeout(
      () => answered.reject(new Error("the inspector does not answer")),
      ANSWER_TIMEOUT_MS,
    );
    const bytes = await answered.promise.finally(() => clearTimeout(timeout));
    return Math.round((10 * bytes) / MIB) / 10;
  } finally {
    socket.close();
  }
}
