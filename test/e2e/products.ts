/** The products of a test, and what their objects say. */
import pLimit from "p-limit";
import { stock, type Stock } from "../../scripts/answers.ts";
import type { ApiClient } from "../../scripts/api-client.ts";

const AT_ONCE = 10;

/** `LOCK-0`, `LOCK-1` … */
export function numbered(stem: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${stem}-${index}`);
}

/** Does something with each product, some at a time. */
export function inParallel<T>(productIds: string[], work: (productId: string) => Promise<T>): Promise<T[]> {
  return pLimit(AT_ONCE).map(productIds, work);
}

export async function createProducts(
  api: ApiClient,
  productIds: string[],
  initialQuantity: number,
): Promise<void> {
  await inParallel(productIds, (productId) =>
    api.call("POST /v1/inventory", { body: { productId, initialQuantity } }),
  );
}

export function readStock(api: ApiClient, productId: string): Promise<Stock> {
  return api.read(stock, `GET /v1/inventory/${productId}`);
}

export async function readStocks(api: ApiClient, productIds: string[]): Promise<Map<string, Stock>> {
  return new Map(await inParallel(productIds, async (id) => [id, await readStock(api, id)] as const));
}
