/// <reference types="vite/client" />
/** The dependency law (README): imports point one way. The sources come in as text, through the bundler. */
import { describe, expect, it } from "vitest";

const sources = import.meta.glob("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });

/** What each room may import, beside itself and the leaves. */
const MAY_IMPORT: Record<string, string[]> = {
  domain: [],
  d1: ["domain"],
  kv: ["domain"],
  search: ["d1", "domain"],
  archive: ["d1", "domain"],
  verify: ["d1", "domain"],
  sources: ["domain"],
  objects: ["archive", "sources", "verify", "search", "d1", "kv", "domain"],
  jobs: ["archive", "verify", "d1", "domain"],
  console: ["client"],
  http: ["archive", "verify", "search", "d1", "kv", "domain"],
  client: [],
  "worker.ts": ["http", "jobs", "objects"],
  "env.ts": [],
  "in-parallel.ts": [],
  "ledgers.ts": [],
  "limits.ts": [],
  "products.ts": [],
  limits: [],
  "timeout.ts": [],
  telemetry: [],
};
const LEAVES = [
  "env.ts",
  "in-parallel.ts",
  "ledgers.ts",
  "limits.ts",
  "limits",
  "products.ts",
  "timeout.ts",
  "telemetry",
];

function importsOf(path: string, source: string): string[] {
  const from = path.replace("../src/", "").split("/").slice(0, -1);
  return [...source.matchAll(/from "(\.[^"]+)"/g)].map(([, specifier = ""]) => {
    const parts = [...from];
    for (const part of specifier.split("/")) {
      if (part === "..") parts.pop();
      else if (part !== ".") parts.push(part);
    }
    return parts.length === 1 ? `${parts[0]?.replace(/\.ts$/, "")}.ts` : (parts[0] ?? "");
  });
}

describe("the dependency law", () => {
  const files = Object.entries(sources) as [string, string][];

  it.each(files)("%s imports only what its room may", (path, source) => {
    const room = path.replace("../src/", "").split("/")[0] ?? "";
    const allowed = new Set([room, ...LEAVES, ...(MAY_IMPORT[room] ?? [])]);
    expect(Object.keys(MAY_IMPORT)).toContain(room);
    expect(importsOf(path, source).filter((target) => !allowed.has(target))).toEqual([]);
  });

  it.each(files.filter(([path]) => path.includes("/domain/")))(
    "%s has no clock, no chance, no platform",
    (_, source) => {
      expect(source).not.toMatch(
        /Date\.now\(|new Date\(\)|Math\.random|randomUUID|cloudflare:|setTimeout|fetch\(/,
      );
    },
  );

  it.each(files)("%s takes no more of zod than it uses", (_, source) => {
    // As `z` itself all of it would come into the bundle, with its messages in fifty languages; `* as z` is fine.
    expect(source).not.toMatch(/import (?:z\b|\{[^}]*\bz\b[^}]*\})[^;]* from "zod"/);
  });
});
