/** Reports as a caller sees them. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { call, eventually, expectStatus, type Page } from "./api";

export interface Amount {
  units: number;
  count: number;
}
export type Named = Record<"sold" | "held" | "expired" | "released" | "returned" | "added", Amount>;
export type Ranked = Named & {
  productId: string;
  name: string | null;
  refused: Amount;
  firstAt: string | null;
  lastAt: string | null;
};
export type Ranking = Page<Ranked> & {
  window: string;
  from: string;
  to: string;
  refusedMaximumError: number;
};
export type Series = Page<Named & { at: string }> & { interval: string };
export interface Searches {
  window: string;
  from: string;
  to: string;
  searched: { items: { words: string; count: number }[]; maximumError: number };
  unfound: { items: { words: string; count: number }[]; maximumError: number };
}

export const ranking = async (query = ""): Promise<Ranking> =>
  expectStatus(await call<Ranking>(`GET /v1/reports/products${query}`), 200);
export const series = async (productId: string, query = ""): Promise<Series> =>
  expectStatus(await call<Series>(`GET /v1/reports/products/${productId}${query}`), 200);
export const searches = async (query = ""): Promise<Searches> =>
  expectStatus(await call<Searches>(`GET /v1/reports/searches${query}`), 200);

/** Every page of the ranking, and each product on it once. */
export async function everyPage(query: string): Promise<Ranked[]> {
  const found: Ranked[] = [];
  for (let cursor = "", pages = 0; pages < 100; pages += 1) {
    const page = await ranking(`${query}${cursor}`);
    found.push(...page.items);
    if (page.nextCursor === null) return found;
    cursor = `&cursor=${page.nextCursor}`;
  }
  throw new Error("pages without end");
}

/** The book has everything of the product. */
export async function inBook(productId: string): Promise<void> {
  await eventually(
    () => env.PRODUCT.getByName(productId).wake(),
    ({ version, acknowledgedVersion }) => expect(acknowledgedVersion).toBe(version),
  );
}

export async function ofProduct(productId: string, query = ""): Promise<Ranked | undefined> {
  await inBook(productId);
  return (await everyPage(query === "" ? "?limit=100" : `${query}&limit=100`)).find(
    (one) => one.productId === productId,
  );
}
