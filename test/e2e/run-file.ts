/** One end-to-end test in a process of its own. What it prints comes at its end, in one piece. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface Run {
  file: string;
  passed: boolean;
  output: string;
  seconds: number;
}

export async function runFile([file = "", ...args]: readonly string[]): Promise<Run> {
  const startedAt = performance.now();
  const test = spawn(process.execPath, [join(import.meta.dirname, file), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed: Buffer[] = [];
  for (const stream of [test.stdout, test.stderr]) stream.on("data", (piece: Buffer) => printed.push(piece));
  const [code] = await once(test, "close");
  const output = Buffer.concat(printed).toString();
  process.stdout.write(`\n${[file, ...args].join(" ")}\n${output}`);
  return { file, passed: code === 0, output, seconds: (performance.now() - startedAt) / 1000 };
}
