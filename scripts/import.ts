/**
 * npm run import -- FILE [--url http://127.0.0.1:8787] [--key admin-demo] [--themes FILE]
 * FILE is Rebrickable's sets.csv, or NDJSON, CSV or JSON as POST /v1/products/import takes it.
 */
import { parseArgs } from "node:util";
import { runCommand } from "./command.ts";
import { importProducts, type ImportResult } from "./import-call.ts";
import { readProductFile, themesBeside } from "./product-file.ts";
import { startProgress } from "./progress.ts";

const USAGE =
  "usage: npm run import -- FILE [--url http://127.0.0.1:8787] [--key admin-demo] [--themes FILE]";
const MAX_ERRORS_LISTED = 20;

await runCommand(async (signal) => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: "string", default: "http://127.0.0.1:8787" },
      key: { type: "string", default: "admin-demo" },
      themes: { type: "string" },
      help: { type: "boolean" },
    },
  });
  const [file] = positionals;
  if (!file || positionals.length > 1 || values.help) throw new Error(USAGE);

  const { rows, note, ...upload } = readProductFile(file, values.themes ?? themesBeside(file));
  if (note) console.error(note);
  const errors: ImportResult[] = [];
  let done = 0;
  const progress = startProgress("rows", rows);
  const summary = await importProducts({
    ...upload,
    url: values.url,
    apiKey: values.key,
    signal,
    onResult: (result) => {
      if (result.result === "error") errors.push(result);
      progress.update(++done, `${errors.length} errors`);
    },
  });
  progress.end(done, `${errors.length} errors`);

  for (const { row, productId, error } of errors.slice(0, MAX_ERRORS_LISTED))
    console.log(`row ${row}${productId ? ` (${productId})` : ""}: ${error?.code}: ${error?.detail}`);
  if (errors.length > MAX_ERRORS_LISTED) console.log(`and ${errors.length - MAX_ERRORS_LISTED} more`);
  console.log(
    Object.entries(summary)
      .map(([name, count]) => `${count} ${name}`)
      .join(", "),
  );
  return errors.length > 0 ? 1 : 0;
});
