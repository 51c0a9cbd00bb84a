/** What a browser has to load of the console, gzipped, against what it may be. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";

const BUDGET_KIB = { first: 60, later: 12, css: 8, client: 8 };
const FIRST_PAGE = "src/console/pages/products.tsx";

type Outputs = Metafile["outputs"];

interface Built {
  project: string;
  /** By their path under public/console. */
  files: ReadonlyMap<string, Uint8Array>;
  outputs: Outputs;
}

export async function sizesOf({
  project,
  files,
  outputs,
}: Built): Promise<{ lines: string[]; faults: string[] }> {
  const sizeOf = (paths: Iterable<string>) =>
    [...paths].reduce((sum, path) => sum + gzippedKib(files.get(path.replace("public/console/", ""))), 0);
  const main = loadedBy(outputs, "src/console/main.tsx");
  const firstPage = main.union(loadedBy(outputs, FIRST_PAGE));
  const always = [...files.keys()].filter((path) => /index\.html$|\.css$|sprite-.*\.svg$/.test(path));
  const figures: [name: string, kib: number, budgetKib: number][] = [
    ["first page, everything", sizeOf(firstPage) + sizeOf(always), BUDGET_KIB.first],
    ["styles", sizeOf(always.filter((path) => path.endsWith(".css"))), BUDGET_KIB.css],
  ];
  const client = await clientKib(project);
  if (client !== undefined) figures.push(["client alone", client, BUDGET_KIB.client]);
  for (const { entryPoint } of Object.values(outputs)) {
    if (!entryPoint?.startsWith("src/console/pages/") || entryPoint === FIRST_PAGE) continue;
    const more = loadedBy(outputs, entryPoint).difference(main);
    figures.push([entryPoint.replace(/^.*\/|\.tsx$/g, ""), sizeOf(more), BUDGET_KIB.later]);
  }
  const measured = figures.map(([name, kib, budget]) => ({
    line: `${name}: ${kib.toFixed(1)} of ${budget} KiB gzipped`,
    isOver: kib > budget,
  }));
  return {
    lines: measured.map(({ line }) => line),
    faults: measured.filter(({ isOver }) => isOver).map(({ line }) => `over its budget: ${line}`),
  };
}

function gzippedKib(bytes: Uint8Array | undefined): number {
  return bytes ? gzipSync(bytes).length / 1024 : 0;
}

/** The built files of an entry, with what they import at once; what they import later is not among them. */
function loadedBy(outputs: Outputs, entryPoint: string): Set<string> {
  const [entry] = Object.entries(outputs).find(([, output]) => output.entryPoint === entryPoint) ?? [];
  if (entry === undefined) throw new Error(`${entryPoint} was not built`);
  const found = new Set([entry]);
  for (const path of found)
    for (const { path: imported, kind } of outputs[path]?.imports ?? [])
      if (kind === "import-statement") found.add(imported);
  return found;
}

async function clientKib(project: string): Promise<number | undefined> {
  const entry = join(project, "src", "client", "client.ts");
  if (!existsSync(entry)) return undefined;
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
  });
  return outputFiles.reduce((sum, { contents }) => sum + gzippedKib(contents), 0);
}
