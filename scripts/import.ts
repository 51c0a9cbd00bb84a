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

  const { contentType, rows, parts, note } = readProductFile(file, values.themes ?? themesBeside(file));
  if (note) console.error(note);
  const listed = [];
  let done = 0;
  let errors = 0;
  const progress = startProgress({ label: "rows", total: rows });
  const summary = await importProducts({
    url: values.url,
    key: values.key,
    contentType,
    parts,
    onResult: (result) => {
      if (result.result === "error") {
        errors += 1;
        if (errors <= MAX_ERRORS_LISTED) listed.push(result);
      }
      progress.update(++done, `${errors} errors`);
    },
  });
  progress.end(done, `${errors} errors`);

  for (const { row, productId, error } of listed) {
    console.log(`row ${row}${productId ? ` (${productId})` : ""}: ${error.code}: ${error.detail}`);
  }
  if (errors > MAX_ERRORS_LISTED) console.log(`and ${errors - MAX_ERRORS_LISTED} more`);
  const counts = ["created", "updated", "unchanged", "errors"].map((name) => `${summary[name]} ${name}`);
  console.log(counts.join(", "));
  return errors > 0 ? 1 : 0;
}

function themesBeside(file) {
  const themes = join(dirname(file), "themes.csv");
  return existsSync(themes) ? themes : undefined;
}
