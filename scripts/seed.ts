/** Fills an empty book with the demo sets, through the API like any other client. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { importProducts } from "./import-call.mjs";
import { startProgress } from "./progress.mjs";
import { PROJECT_DIRECTORY } from "./wrangler.mjs";

const DEMO_FILE = join(PROJECT_DIRECTORY, "data", "demo-sets.ndjson");
const RECEIPTS_AT_ONCE = 8;

/**
 * The marker stands while a seeding is under way, so that an interrupted one goes on at the next start and a
 * book that holds somebody's own products is left alone. Receipts carry the same keys each time: none is
 * booked twice.
 * @param {{ url: string, key: string, marker: string, signal?: AbortSignal }} options
 *   `marker`: a file beside the local data
 * @returns {Promise<boolean>} whether there was anything to do
 */
export async function seedOnce({ url, key, marker, signal }) {
  if (!existsSync(marker)) {
    if (!(await bookIsEmpty(url, key, signal))) return false;
    mkdirSync(dirname(marker), { recursive: true });
    writeFileSync(marker, "The demo data is being loaded. This file goes when it is done.\n");
  }
  const lines = readFileSync(DEMO_FILE, "utf8").trimEnd().split("\n");
  await importDemo(lines, { url, key, signal });
  await receiveStock(
    lines.map((line) => JSON.parse(line).productId),
    { url, key, signal },
  );
  rmSync(marker);
  return true;
}

async function bookIsEmpty(url, key, signal) {
  const page = await call(`${url}/v1/inventory?limit=1`, { headers: { "X-API-Key": key }, signal });
  return page.items.length === 0;
}

async function importDemo(lines, { url, key, signal }) {
  const progress = startProgress({ label: "demo sets", total: lines.length });
  let done = 0;
  const summary = await importProducts({
    url,
    key,
    contentType: "application/x-ndjson",
    parts: lines.map((line) => `${line}\n`),
    onResult: () => progress.update(++done),
    signal,
  });
  progress.end(done);
  if (summary.errors > 0) throw new Error(`${summary.errors} of the demo sets were refused`);
}

async function receiveStock(productIds, { url, key, signal }) {
  const deliveries = productIds.map((productId, index) => ({ productId, quantity: demoQuantity(index) }));
  const pending = deliveries.filter(({ quantity }) => quantity > 0);
  const progress = startProgress({ label: "receipts", total: pending.length });
  let next = 0;
  let done = 0;
  const receiver = async () => {
    while (next < pending.length) {
      const { productId, quantity } = pending[next++];
      await call(`${url}/v1/inventory/${productId}/adjust`, {
        method: "POST",
        headers: {
          "X-API-Key": key,
          "Content-Type": "application/json",
          "Idempotency-Key": `demo-receipt-${productId}`,
        },
        body: JSON.stringify({ delta: quantity, type: "receipt", reason: "first delivery" }),
        signal,
      });
      progress.update(++done);
    }
  };
  await Promise.all(Array.from({ length: RECEIPTS_AT_ONCE }, receiver));
  progress.end(done);
}

/** Plenty of the first, then a mixture: every eighth set sold out, some low, most between 5 and 100. */
function demoQuantity(index) {
  if (index === 0) return 250;
  if (index % 8 === 7) return 0;
  if (index % 8 === 3) return 1 + (index % 4);
  return 5 + ((index * 37) % 96);
}

async function call(url, init) {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${init.method ?? "GET"} ${url} answered ${response.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}
