/** docs/configuration.md says what src/env.ts and wrangler.toml say. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deploymentOf, readProjectFile } from "../../scripts/deploy/deployment.ts";
import { PROJECT_DIRECTORY } from "../../scripts/wrangler.ts";
import { parseSettings, variables } from "../../src/env.ts";

const page = readFileSync(join(PROJECT_DIRECTORY, "docs", "configuration.md"), "utf8");
const project = readProjectFile();

/** The cells of a heading's table, by the name in the first one. */
function table(heading: string): Map<string, string[]> {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return new Map(
    rows.map((line) => {
      const [name = "", ...cells] = line.slice(1, -1).split(" | ").map(bare);
      return [name, cells];
    }),
  );
}

function bare(cell: string): string {
  return cell.trim().replaceAll("`", "");
}

function shown(value: unknown): string {
  const isNone = value === "" || value === undefined || (Array.isArray(value) && value.length === 0);
  return isNone ? "none" : String(value);
}

const secrets = [...table("Secrets").keys()];
const defaults: Record<string, unknown> = variables.in.parse({});

describe("docs/configuration.md", () => {
  it("has every variable and every secret of src/env.ts, and no other", () => {
    const named = [...table("Variables").keys(), ...secrets];
    expect(named.toSorted()).toEqual(Object.keys(variables.in.shape).toSorted());
  });

  it("has the value that wrangler.toml ships, and what holds without it", () => {
    const said = [...table("Variables")].map(([name, [shipped, unset]]) => ({ name, shipped, unset }));
    const held = said.map(({ name }) => ({
      name,
      shipped: shown(project.vars[name]),
      unset: shown(defaults[name]),
    }));
    expect(said).toEqual(held);
  });

  it("says which secrets must be there", () => {
    const required = [...table("Secrets")].flatMap(([name, [must]]) => (must === "yes" ? [name] : []));
    expect(required.toSorted()).toEqual(project.secrets.required.toSorted());
    expect(Object.keys(project.vars).filter((name) => secrets.includes(name))).toEqual([]);
  });

  it("has every binding, of its kind", () => {
    const kinds = { d1: "D1", kv: "KV", r2: "R2" };
    const bindings = [
      ...deploymentOf(project).stores.map(({ binding, kind }) => [binding, kinds[kind]]),
      ...project.durable_objects.bindings.map(({ name }) => [name, "objects"]),
      [String(project.assets["binding"]), "files"],
    ];
    // Rate limits are no store, and are the account's.
    const said = [...table("Bindings")]
      .map(([name, [kind]]) => [name, kind])
      .filter(([, kind]) => kind !== "rate limit");
    expect(said.toSorted()).toEqual(bindings.toSorted());
  });
});

describe("wrangler.toml", () => {
  it("has settings that are valid", () => {
    expect(parseSettings(project.vars)).not.toBeInstanceOf(Error);
  });
});
