/** `npm start` as a newcomer types it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { PROJECT_DIRECTORY } from "../../scripts/wrangler.ts";

/** In a process group of its own, ended as Ctrl-C ends it. */
export function npmStart(args: readonly string[]) {
  const child = spawn("npm", ["start", "--", ...args], { cwd: PROJECT_DIRECTORY, detached: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const closed = once(child, "close");
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    async printed(text: string, signal: AbortSignal): Promise<void> {
      while (!output.includes(text)) {
        if (hasEnded()) throw new Error(`npm start ended:\n${output}`);
        await Promise.race([closed, once(child.stdout, "data", { signal })]);
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      if (child.pid !== undefined && !hasEnded()) process.kill(-child.pid, "SIGINT");
      await closed;
    },
  };
}
