/**
 * What is asked of Holdfast, by measure: the products it needs, and the requests. The bench races it, the
 * profiler watches it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { importProducts } from "../scripts/import-call.ts";
import { generateSets, uploadOf, type CatalogProduct } from "./catalog.ts";
import { ADMIN_KEY, API_KEY } from "./keys.ts";
import { paced } from "./paced-load.ts";
import type { Requests } from "./requests.ts";
import type { Contestant } from "./rounds.ts";
import { stockProducts, type Holdfast, type Stage, type Target } from "./stage.ts";

const PUBLISH_TIMEOUT_MS = 15_000;

export const HOT_PRODUCT = "HOT-1";
export const SPREAD_PRODUCTS = Array.from({ length: 200 }, (_, index) => `SPREAD-${index}`);
const SOLD_OUT_PRODUCT = "GONE-1";

export const RESERVE = "reserve";
export const GATHERED = "the least honest reserve";
export const EMPTY_RPC = "bare RPC";

/** Of `workloads.B9`. */
export const BOOK_EVENTS_PER_SECOND = 300;
/** By one sample of `workloads.B10`. */
const IMPORTED_ROWS = 1000;
const NO_LATENCIES = { p50Ms: Number.NaN, p95Ms: Number.NaN, p99Ms: Number.NaN };

/** Each makes its products and answers with what is to be asked. */
export const workloads = {
  B1: (target: Target) => reserving(target, [HOT_PRODUCT]),
  B2: (target: Target) => reserving(target, SPREAD_PRODUCTS),
  B3: readingCatalog,
  B4: readingStock,
  B5: beingRefused,
  B9: reservingAtPace,
  B10: async (target: Target) =>
    importing(target, "import", (round) => generateSets(IMPORTED_ROWS, round * IMPORTED_ROWS)),
};

/** A contestant beside Holdfast: `paths` of the baseline, asked in turn. */
export function baselineContestant({ baseline, load }: Stage, label: string, paths: string[]): Contestant {
  const requests: Requests = { maker: "get", paths, expect: 200 };
  return { label, server: baseline, drive: (extent) => load.drive(baseline, requests, extent) };
}

/** The same that sends reservations. */
export function postingContestant(
  { baseline, load, run }: Stage,
  label: string,
  { paths, expect }: Pick<Requests, "paths" | "expect">,
): Contestant {
  const requests: Requests = { maker: "reserve", paths, apiKey: API_KEY, run, expect };
  return { label, server: baseline, drive: (extent) => load.drive(baseline, requests, extent) };
}

async function reserving(target: Target, ids: string[]): Promise<Contestant> {
  await stockProducts(target.holdfast, ids);
  const paths = ids.map((id) => `/v1/inventory/${id}/reserve`);
  const requests: Requests = { maker: "reserve", paths, apiKey: API_KEY, run: target.run, expect: 201 };
  return { ...asking(target, RESERVE, requests), book: target.holdfast.book };
}

/** So many a second, whether or not the answers keep up. */
async function reservingAtPace(target: Target): Promise<Contestant> {
  const { holdfast, run } = target;
  await stockProducts(holdfast, SPREAD_PRODUCTS);
  const drive: Contestant["drive"] = async ({ milliseconds, firstIndex }) => {
    const startedAt = performance.now();
    const ask = (index: number) => reserveSpread(holdfast, `${run}-${firstIndex + index}`, index);
    const answered = await paced({ perSecond: BOOK_EVENTS_PER_SECOND, seconds: milliseconds / 1000, ask });
    const seconds = (performance.now() - startedAt) / 1000;
    return { answered, seconds, nextIndex: firstIndex + answered, ...NO_LATENCIES };
  };
  return { label: RESERVE, server: holdfast.server, drive, book: holdfast.book };
}

/** One unit of one of the 200 products. */
export function reserveSpread({ api }: Holdfast, key: string, index: number): Promise<unknown> {
  const productId = SPREAD_PRODUCTS[index % SPREAD_PRODUCTS.length];
  return api.call(`POST /v1/inventory/${productId}/reserve`, { body: { quantity: 1, orderId: key }, key });
}

async function readingCatalog(target: Target): Promise<Contestant> {
  await stockProducts(target.holdfast, [HOT_PRODUCT]);
  const path = `/v1/products/${HOT_PRODUCT}`;
  await waitForEntry(target, path);
  return asking(target, "catalog read", { maker: "get", paths: [path], apiKey: API_KEY, expect: 200 });
}

async function readingStock(target: Target): Promise<Contestant> {
  await stockProducts(target.holdfast, [HOT_PRODUCT]);
  const paths = [`/v1/inventory/${HOT_PRODUCT}`];
  return asking(target, "stock read", { maker: "get", paths, apiKey: API_KEY, expect: 200 });
}

async function beingRefused(target: Target): Promise<Contestant> {
  await stockProducts(target.holdfast, [SOLD_OUT_PRODUCT], 0);
  const paths = [`/v1/inventory/${SOLD_OUT_PRODUCT}/reserve`];
  const { run } = target;
  return asking(target, "refused reserve", { maker: "reserve", paths, apiKey: API_KEY, run, expect: 409 });
}

function asking({ holdfast: { server }, load }: Target, label: string, requests: Requests): Contestant {
  return { label, server, drive: (extent) => load.drive(server, requests, extent) };
}

/**
 * A sample is one import, however long it takes, with what the search index has to do for it. `productsOf`: of a sample's
 * number, from 0. Throws when a row fails.
 */
export function importing(
  { holdfast: { server, book } }: Target,
  label: string,
  productsOf: (sample: number) => CatalogProduct[],
): Contestant {
  const drive: Contestant["drive"] = async ({ firstIndex }) => {
    const { rows, ...upload } = uploadOf(productsOf(firstIndex));
    const startedAt = performance.now();
    const onResult = () => undefined;
    const { errors } = await importProducts({ ...upload, url: server.url.href, apiKey: ADMIN_KEY, onResult });
    if (errors > 0) throw new Error(`${errors} rows of ${rows} were not imported`);
    const seconds = (performance.now() - startedAt) / 1000;
    return { answered: rows, seconds, nextIndex: firstIndex + 1, ...NO_LATENCIES };
  };
  return { label, server, drive, book, settle: () => book.waitUntilIndexed() };
}

/** Asks until KV has the entry. */
async function waitForEntry({ holdfast: { server, api } }: Target, path: string): Promise<void> {
  const kv = await server.miniflare.getKVNamespace("CATALOG", server.name);
  const endsAt = performance.now() + PUBLISH_TIMEOUT_MS;
  while (performance.now() < endsAt) {
    await api.call(`GET ${path}`);
    if ((await kv.list()).keys.length > 0) return;
    await sleep(100);
  }
  throw new Error(`${path} was never published to KV`);
}
