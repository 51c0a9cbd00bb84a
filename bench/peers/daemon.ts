/** A process that serves until it is stopped, by its id, with all that it started. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuTimeNs } from "../process-clock.ts";

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 50;
const KEPT_OUTPUT_CHARS = 4000;

export interface DaemonOptions {
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** Who it runs as: some servers refuse root. */
  user?: { uid: number; gid: number } | undefined;
  stopSignal?: NodeJS.Signals;
  /** Whether it serves, by what it has printed. */
  isReady(output: string): boolean | Promise<boolean>;
}

export class Daemon implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #stopSignal: NodeJS.Signals;
  #output = "";

  /** Rejects with what it printed when it ends, or does not serve in time. */
  static async start(options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(options);
    try {
      const startedAt = performance.now();
      while (!(await options.isReady(daemon.output))) {
        const isLate = performance.now() - startedAt > START_TIMEOUT_MS;
        if (isLate || daemon.#child.exitCode !== null || daemon.#child.pid === undefined)
          throw new Error(`${options.command} does not serve:\n${daemon.output}`);
        await sleep(POLL_MS);
      }
      return daemon;
    } catch (error) {
      await daemon[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor({ command, args, env, user, stopSignal = "SIGTERM" }: DaemonOptions) {
    this.#stopSignal = stopSignal;
    this.#child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
      ...user,
    });
    this.#child.on("error", (error) => (this.#output += String(error)));
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        this.#output = (this.#output + chunk).slice(-KEPT_OUTPUT_CHARS);
      });
  }

  /** The last of it. */
  get output(): string {
    return this.#output;
  }

  /** Of all its living processes. */
  cpuTimeNs(): number {
    return this.#child.pid === undefined
      ? 0
      : familyOf(this.#child.pid).reduce((sum, pid) => sum + cpuOf(pid), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(this.#stopSignal);
    await Promise.race([exited, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
  }
}

/** One may end between the listing and the reading. */
function cpuOf(pid: number): number {
  try {
    return cpuTimeNs(pid);
  } catch {
    return 0;
  }
}

function familyOf(pid: number): number[] {
  const children = tasksOf(pid).flatMap((task) => {
    try {
      return readFileSync(`/proc/${pid}/task/${task}/children`, "utf8")
        .split(" ")
        .filter(Boolean)
        .map(Number);
    } catch {
      return [];
    }
  });
  return [pid, ...children.flatMap(familyOf)];
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}
