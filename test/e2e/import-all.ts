/**
 * A whole catalog in one call, the same again, then broken rows: node test/drill/import-all.mjs [SETS.CSV]
 * Without Rebrickable's sets.csv the demo data stands in.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { importProducts, ndjsonLines } from "../../scripts/import-call.mjs";
import { readProductFile } from "../../scripts/product-file.mjs";
import { startProgress } from "../../scripts/progress.mjs";
import { PROJECT_DIRECTORY } from "../../scripts/wrangler.mjs";
import { runDrill } from "./drill.mjs";

const DEMO_FILE = join(PROJECT_DIRECTORY, "data", "demo-sets.ndjson");
const GOOD_ROWS = 200;

/** Rows that the route must refuse by themselves, each as it stands in the file. */
const BROKEN_LINES = [
  '{"productId": "BROKEN-1", "name": ',
  '{"name": "no id"}',
  '{"productId": "BROKEN-3"}',
  '{"productId": "-starts badly", "name": "x"}',
  '{"productId": "low-stock", "name": "a route word"}',
  '{"productId": "BROKEN-6", "name": "x", "price": {"amount": "-1", "currency": "USD"}}',
  '{"productId": "BROKEN-7", "name": "x", "attributes": {"nested": {"no": 1}}}',
  '{"productId": "BROKEN-8", "name": "x", "colour": "misspelt field"}',
  '{"productId": "BROKEN-9", "name": "x", "status": "sleeping"}',
  '["not", "an", "object"]',
];

await runDrill({
  title: "import: everything in one call",
  limitSeconds: 1200,
  run: async ({ server, api, positionals, say, expect, find }) => {
    const [file = DEMO_FILE] = positionals;
    const themes = join(dirname(file), "themes.csv");
    const call = async (label, { contentType, rows, parts }) => {
      const progress = startProgress({ label, total: rows });
      const failed = [];
      const startedAt = performance.now();
      let done = 0;
      const summary = await importProducts({
        url: server.url,
        key: server.keys.admin,
        contentType,
        parts,
        onResult: (result) => {
          done += 1;
          if (result.row !== done) find([`${label}: result ${done} is of row ${result.row}`]);
          if (result.result === "error") failed.push(result);
          progress.update(done);
        },
      });
      progress.end(done);
      const seconds = (performance.now() - startedAt) / 1000;
      say(`${label}: ${JSON.stringify(summary)}, ${Math.round(done / seconds)} rows a second`);
      expect(done === rows, `${label}: ${rows} rows gave ${done} results`);
      return { summary, failed };
    };

    const all = () => readProductFile(file, existsSync(themes) ? themes : undefined);
    const { rows } = all();
    const first = await call("all sets", all());
    expect(first.summary.created === rows, `${first.summary.created} of ${rows} were created`);
    find(first.failed.map((result) => `refused: ${JSON.stringify(result)}`));

    const { summary: again } = await call("the same again", all());
    expect(
      again.created === 0 && again.updated === 0 && again.unchanged === rows,
      `the same again: ${JSON.stringify(again)}`,
    );

    const { lines, brokenRows } = mixedLines();
    const mixed = await call("with broken rows", {
      contentType: "application/x-ndjson",
      rows: lines.length,
      parts: lines,
    });
    const refusedRows = mixed.failed.map(({ row }) => row);
    expect(mixed.summary.created === GOOD_ROWS, `${mixed.summary.created} of ${GOOD_ROWS} good rows went in`);
    expect(
      String(refusedRows) === String(brokenRows),
      `rows ${brokenRows} are broken, ${refusedRows} were refused`,
    );
    for (const { row, error } of mixed.failed) say(`  row ${row}: ${error.code}: ${error.detail}`);

    const { status, body } = await api.get("/v1/products/export");
    const exported = String(body).trimEnd().split("\n").length;
    expect(
      status === 200 && exported === rows + GOOD_ROWS,
      `the export answered ${status} with ${exported} lines`,
    );
    say(`the export has ${exported} products`);
  },
});

/** Good lines with a broken one after every few. */
function mixedLines() {
  const good = Array.from({ length: GOOD_ROWS }, (_, index) => ({
    productId: `MIXED-${index + 1}`,
    name: `Mixed ${index + 1}`,
  }));
  const goodLines = [...ndjsonLines(good)];
  const spacing = Math.floor(GOOD_ROWS / BROKEN_LINES.length);
  const lines = BROKEN_LINES.flatMap((broken, index) => [
    ...goodLines.slice(index * spacing, (index + 1) * spacing),
    `${broken}\n`,
  ]);
  const brokenRows = BROKEN_LINES.map((_, index) => (index + 1) * (spacing + 1));
  return { lines, brokenRows };
}
