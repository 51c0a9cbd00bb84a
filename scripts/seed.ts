/** Fills an empty book with the demo sets, through the API like any other client. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pLimit from "p-limit";
import { z } from "zod";
import { ApiClient } from "./api-client.ts";
import { importProducts } from "./import-call.ts";
import { readProductFile } from "./product-file.ts";
import { startProgress } from "./progress.ts";
import { PROJECT_DIRECTORY } from "./wrangler.ts";

export const DEMO_FILE = join(PROJECT_DIRECTORY, "data", "demo-sets.ndjson");
const RECEIPTS_AT_ONCE = 8;

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
  const deliveries = productIds
    .map((productId, index) => ({ productId, quantity: demoQuantity(index) }))
    .filter(({ quantity }) => quantity > 0);
  const progress = startProgress("receipts", deliveries.length);
  let done = 0;
  await pLimit(RECEIPTS_AT_ONCE).map(deliveries, async ({ productId, quantity }) => {
    await api.call(`POST /v1/inventory/${productId}/adjust`, {
      body: { delta: quantity, type: "receipt", reason: "first delivery" },
      key: `demo-receipt-${productId}`,
    });
    progress.update(++done);
  });
  progress.end(done);
}

/** Plenty of the first, then a mixture: every eighth set sold out, some low, most between 5 and 100. */
function demoQuantity(index: number): number {
  if (index === 0) return 250;
  if (index % 8 === 7) return 0;
  if (index % 8 === 3) return 1 + (index % 4);
  return 5 + ((index * 37) % 96);
}
