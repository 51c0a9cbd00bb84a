/**
 * A whole catalog in one call, the same again, then broken rows: npx node test/e2e/import-all.ts [SETS.CSV]
 * Without Rebrickable's sets.csv the demo data stands in.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { importProducts, ndjson, type ImportResult, type Upload } from "../../scripts/import-call.ts";
import { readProductFile } from "../../scripts/product-file.ts";
import { startProgress } from "../../scripts/progress.ts";
import { DEMO_FILE } from "../../scripts/seed.ts";
import { runTest, type Test } from "./run-test.ts";

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

interface Rows extends Upload {
  rows: number;
}

await runTest({
  title: "import: everything in one call",
  limitSeconds: 1200,
  run: async (test) => {
    const { api, positionals, say, expect, find } = test;
    const [file = DEMO_FILE] = positionals;
    const themes = join(dirname(file), "themes.csv");
    const all = readProductFile(file, existsSync(themes) ? themes : undefined);
    const { rows } = all;
    const first = await importAll(test, "all sets", all);
    expect(first.summary.created === rows, `${first.summary.created} of ${rows} were created`);
    find(first.failed.map((result) => `refused: ${JSON.stringify(result)}`));

    const { summary: again } = await importAll(test, "the same again", all);
    expect(
      again.created === 0 && again.updated === 0 && again.unchanged === rows,
      `the same again: ${JSON.stringify(again)}`,
    );

    const { brokenRows, ...upload } = mixedLines();
    const mixed = await importAll(test, "with broken rows", upload);
    const refusedRows = mixed.failed.map(({ row }) => row);
    expect(mixed.summary.created === GOOD_ROWS, `${mixed.summary.created} of ${GOOD_ROWS} good rows went in`);
    expect(
      String(refusedRows) === String(brokenRows),
      `rows ${brokenRows} are broken, ${refusedRows} were refused`,
    );
    for (const { row, error } of mixed.failed) say(`  row ${row}: ${error?.code}: ${error?.detail}`);

    const { status, body } = await api.ask("GET /v1/products/export");
    const exported = String(body).trimEnd().split("\n").length;
    expect(
      status === 200 && exported === rows + GOOD_ROWS,
      `the export answered ${status} with ${exported} lines`,
    );
    say(`the export has ${exported} products`);
  },
});

async function importAll({ server, say, expect, find }: Test, label: string, { rows, ...upload }: Rows) {
  const progress = startProgress(label, rows);
  const failed: ImportResult[] = [];
  const startedAt = performance.now();
  let done = 0;
  const summary = await importProducts({
    url: server.url,
    apiKey: server.keys.admin,
    ...upload,
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
}

/** Good lines with a broken one after every few. */
function mixedLines(): Rows & { brokenRows: number[] } {
  const spacing = GOOD_ROWS / BROKEN_LINES.length;
  const parts = BROKEN_LINES.map((broken, index) => {
    const good = Array.from({ length: spacing }, (_, nth) => `MIXED-${index * spacing + nth + 1}`);
    return `${ndjson(good.map((id) => ({ productId: id, name: `Set ${id}` }))).body}${broken}\n`;
  });
  return {
    contentType: "application/x-ndjson",
    body: parts.join(""),
    rows: GOOD_ROWS + BROKEN_LINES.length,
    brokenRows: BROKEN_LINES.map((_, index) => (index + 1) * (spacing + 1)),
  };
}
