/**
 * What an install brings: no script of a package runs unless package.json says so, no package reports to its makers that it
 * was installed or used, the Node that comes along is the one of .nvmrc, and the files that npm's scripts name exist.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PROJECT, type Finding } from "./tool.ts";

const REPORTERS = /(^|[/-])(scarf|posthog|sentry|telemetry|opentelemetry|analytics)(-|$)/;

const manifestSchema = z.object({
  scripts: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
  allowScripts: z.record(z.string(), z.boolean()),
});
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ hasInstallScript: z.boolean().optional() })),
});

export function checkInstall(): Finding {
  const { scripts, optionalDependencies, allowScripts } = manifestSchema.parse(json("package.json"));
  const packages = Object.entries(lockSchema.parse(json("package-lock.json")).packages).flatMap(
    ([path, { hasInstallScript = false }]) => {
      const [, name] = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
      return name === undefined ? [] : [{ name, hasInstallScript }];
    },
  );
  const withScripts = new Set(packages.filter((one) => one.hasInstallScript).map(({ name }) => name));
  const judged = new Set(Object.keys(allowScripts).map((key) => key.replace(/(?<=.)@.*$/, "")));
  const nodeMajor = readFileSync(join(PROJECT, ".nvmrc"), "utf8").trim();
  const otherNodes = Object.entries(optionalDependencies)
    .filter(([name, version]) => name.startsWith("node-") && !version.startsWith(`${nodeMajor}.`))
    .map(([name, version]) => `${name} ${version} is not the Node ${nodeMajor} of .nvmrc`);
  const files = Object.entries(scripts).flatMap(([script, command]) =>
    [...command.matchAll(/\bnode (?:--\S+ )*(\S+\.[cm]?[jt]s)/g)]
      .filter(([, file = ""]) => !existsSync(join(PROJECT, file)))
      .map(([, file]) => `npm run ${script}: there is no ${file}`),
  );
  const allowed = [...withScripts].filter((name) => allowScripts[name]);
  return {
    figure: `${packages.length} packages, of which ${allowed.length} run a script`,
    problems: [
      ...[...withScripts]
        .filter((name) => !judged.has(name))
        .map((name) => `${name} has a script: judge it in allowScripts`),
      ...[...judged]
        .filter((name) => !withScripts.has(name))
        .map((name) => `allowScripts: ${name} has no script`),
      ...packages
        .filter(({ name }) => REPORTERS.test(name))
        .map(({ name }) => `${name} reports to its makers`),
      ...otherNodes,
      ...files,
    ],
  };
}

function json(file: string): unknown {
  return JSON.parse(readFileSync(join(PROJECT, file), "utf8"));
}
