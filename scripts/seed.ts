/** Fills an empty book with the demo sets and coins, through the API like any other client. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { ApiClient } from "./api-client.ts";
import { importProducts } from "./import-call.ts";
import { readDemoCoins } from "./outside/coins.ts";
import { readProductFile } from "./product-file.ts";
import { startProgress } from "./progress.ts";
import { PROJECT_DIRECTORY } from "./wrangler.ts";

export const DEMO_FILE = join(PROJECT_DIRECTORY, "data", "demo-sets.ndjson");
/** As many as one call takes. */
const RECEIPTS_PER_CALL = 500;

const bulkAnswer = z.object({ summary: z.object({ total: z.number(), applied: z.number() }) });
const coinsAnswer = z.object({
  summary: z.object({ requested: z.number(), errors: z.number() }),
  results: z.array(z.object({ error: z.object({ detail: z.string() }).optional() })),
});

interface Target {
  url: string;
  /** An admin's. */
  apiKey: string;
  /** A file beside the local data. */
  marker: string;
  signal: AbortSignal;
}

/**
 * The marker stands while a seeding is under way, so that an interrupted one goes on at the next start and a
 * book that holds somebody's own products is left alone. Receipts carry the same keys each time: none is
 * booked twice.
 */
export async function seedOnce({ marker, ...target }: Target): Promise<void> {
  const api = new ApiClient(target);
  if (!existsSync(marker)) {
    const { done: isEmpty } = await api.pages(z.unknown(), "/v1/inventory").next();
    if (!isEmpty) return;
    mkdirSync(dirname(marker), { recursive: true });
    writeFileSync(marker, "The demo data is being loaded. This file goes when it is done.\n");
  }
  const productIds = await importDemo(target);
  await receiveStock(productIds, api);
  await importCoins(api);
  rmSync(marker);
}

async function importDemo(target: Omit<Target, "marker">): Promise<string[]> {
  const { rows, ...upload } = readProductFile(DEMO_FILE);
  const progress = startProgress("demo sets", rows);
  const productIds: string[] = [];
  const { errors } = await importProducts({
    ...target,
    ...upload,
    onResult: ({ productId }) => progress.update(productIds.push(productId ?? "")),
  });
  progress.end(productIds.length);
  if (errors > 0) throw new Error(`${errors} of the demo sets were refused`);
  return productIds;
}

async function receiveStock(productIds: string[], api: ApiClient): Promise<void> {
  const operations = productIds
    .map((productId, index) => ({ productId, delta: demoQuantity(index) }))
    .filter(({ delta }) => delta > 0)
    .map(({ productId, delta }) => ({
      op: "adjust",
      productId,
      delta,
      type: "receipt",
      reason: "first delivery",
      idempotencyKey: `demo-receipt-${productId}`,
    }));
  const progress = startProgress("receipts", operations.length);
  let done = 0;
  for (let from = 0; from < operations.length; from += RECEIPTS_PER_CALL) {
    const body = { operations: operations.slice(from, from + RECEIPTS_PER_CALL) };
    const { summary } = await api.read(bulkAnswer, "POST /v1/inventory/bulk", { body });
    if (summary.applied < summary.total)
      throw new Error(`${summary.total - summary.applied} of the demo receipts were refused`);
    progress.update((done += summary.applied));
  }
  progress.end(done);
}

/** They come from wherever the Worker asks; without them the demo is complete all the same. */
async function importCoins(api: ApiClient): Promise<void> {
  const externalIds = readDemoCoins().map(({ id }) => id);
  const progress = startProgress("demo coins", externalIds.length);
  const body = { externalIds };
  const { summary, results } = await api.read(coinsAnswer, "POST /v1/admin/sources/coingecko/import", {
    body,
  });
  progress.end(summary.requested - summary.errors);
  const fault = results.find(({ error }) => error)?.error?.detail;
  if (fault !== undefined) console.error(`${summary.errors} of the demo coins did not come in: ${fault}`);
}

/** Plenty of the first, then a mixture: every eighth set sold out, some low, most between 5 and 100. */
function demoQuantity(index: number): number {
  if (index === 0) return 250;
  if (index % 8 === 7) return 0;
  if (index % 8 === 3) return 1 + (index % 4);
  return 5 + ((index * 37) % 96);
}
