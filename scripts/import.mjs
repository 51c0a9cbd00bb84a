/**
 * npm run import -- FILE [--url http://127.0.0.1:8787] [--key admin-demo] [--themes FILE]
 * FILE is Rebrickable's sets.csv, or NDJSON, CSV or JSON as POST /v1/products/import takes it.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { importProducts } from "./import-call.mjs";
import { readProductFile } from "./product-file.mjs";
import { startProgress } from "./progress.mjs";

const USAGE =
  "usage: npm run import -- FILE [--url http://127.0.0.1:8787] [--key admin-demo] [--themes FILE]";
const MAX_ERRORS_LISTED = 20;

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error(error.cause ? `${error.message}: ${error.cause.message}` : error.message);
  process.exitCode = 1;
}

async function run(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      url: { type: "string", default: "http://127.0.0.1:8787" },
      key: { type: "string", default: "admin-demo" },
      themes: { type: "string" },
    },
  });
  const [file] = positionals;
  if (!file || positionals.length > 1) throw new Error(USAGE);

  const { contentType, rows, parts } = readProductFile(file, values.themes ?? themesBeside(file));
  const errors = [];
  let done = 0;
  let failed = 0;
  const progress = startProgress({ label: "rows", total: rows });
  const summary = await importProducts({
    url: values.url,
    key: values.key,
    contentType,
    parts,
    onResult: (result) => {
      if (result.result === "failed") {
        failed += 1;
        if (errors.length < MAX_ERRORS_LISTED) errors.push(result);
      }
      progress.update(++done, `${failed} failed`);
    },
  });
  progress.end(done, `${failed} failed`);

  for (const error of errors)
    console.log(`row ${error.row}${error.productId ? ` (${error.productId})` : ""}: ${messageOf(error)}`);
  if (failed > errors.length) console.log(`and ${failed - errors.length} more`);
  const counts = ["created", "updated", "unchanged", "failed"].map((name) => `${summary[name]} ${name}`);
  console.log(counts.join(", "));
  return summary.failed > 0 ? 1 : 0;
}

function themesBeside(file) {
  const themes = join(dirname(file), "themes.csv");
  return existsSync(themes) ? themes : undefined;
}

function messageOf(result) {
  return JSON.stringify(result);
}
