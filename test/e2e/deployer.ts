/** The deploy script, run against the stub of the platform, with what it printed and what it asked. */
import { deploy, type DeployOptions } from "../../scripts/deploy/run.ts";
import { Trouble } from "../../scripts/deploy/trouble.ts";
import type { PlatformStub } from "./platform-stub.ts";

export const SECRETS = ["API_KEYS", "ADMIN_API_KEYS", "KEY_ID_SECRET"];

interface Run {
  output: string;
  /** What the stub was asked meanwhile. */
  calls: string[];
  /** What it ended with; undefined: all went well. */
  trouble: Trouble | undefined;
}

export function deployer(stub: PlatformStub, signal: AbortSignal) {
  return async (wanted: Pick<DeployOptions, "environment" | "dryRun" | "adopt"> = {}): Promise<Run> => {
    const lines: string[] = [];
    const first = stub.calls.length;
    const say = (line: string) => void lines.push(line);
    const trouble = await deploy({ ...wanted, url: stub.url, patienceMs: 1000, signal, say }).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof Trouble) return error;
        throw error;
      },
    );
    return { output: lines.join("\n"), calls: stub.calls.slice(first), trouble };
  };
}

/** The secrets that a Worker has, in the order of their names above. */
export function secretsOf(stub: PlatformStub, name: string): string {
  const { bindings = [] } = stub.workers.get(name) ?? {};
  return SECRETS.map((secret) => bindings.find((one) => one.name === secret)?.text).join();
}
