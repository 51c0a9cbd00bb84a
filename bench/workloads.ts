/**
 * What is asked of Holdfast, by measure: the products it needs, and the requests. The bench races it, the
 * profiler watches it.
 */
import { API_KEY } from "./site.mjs";
import { stockProducts } from "./stage.mjs";

const PUBLISH_PATIENCE_MS = 15_000;

export const HOT_PRODUCT = "HOT-1";
export const SPREAD_PRODUCTS = Array.from({ length: 200 }, (_, index) => `SPREAD-${index}`);
const SOLD_OUT_PRODUCT = "GONE-1";

/** @typedef {import("./stage.mjs").Stage} Stage */
/** @typedef {import("./turns.mjs").Contestant} Contestant */

/** Each makes the stage ready and answers with what is to be asked. */
export const subjects = {
  /** @param {Stage} stage */
  B1: (stage) => reserving(stage, [HOT_PRODUCT]),
  /** @param {Stage} stage */
  B2: (stage) => reserving(stage, SPREAD_PRODUCTS),
  /** @param {Stage} stage */
  B3: (stage) => readingCatalog(stage),
  /** @param {Stage} stage */
  B4: (stage) => readingStock(stage),
  /** @param {Stage} stage */
  B5: (stage) => beingRefused(stage),
};

/** @param {Stage} stage @param {string[]} ids @returns {Promise<Contestant>} */
async function reserving({ holdfast, book, run }, ids) {
  await stockProducts(holdfast, book, { ids });
  const paths = ids.map((id) => `/v1/inventory/${id}/reserve`);
  return {
    label: "reserve",
    site: holdfast,
    requests: { maker: "reserve", options: { paths, apiKey: API_KEY, run }, expect: 201 },
    book,
  };
}

/** @param {Stage} stage @returns {Promise<Contestant>} */
async function readingCatalog({ holdfast, book }) {
  await stockProducts(holdfast, book, { ids: [HOT_PRODUCT] });
  const path = `/v1/products/${HOT_PRODUCT}`;
  await waitForEntry(holdfast, path);
  return {
    label: "catalog read",
    site: holdfast,
    requests: { maker: "get", options: { paths: [path], apiKey: API_KEY }, expect: 200 },
  };
}

/** @param {Stage} stage @returns {Promise<Contestant>} */
async function readingStock({ holdfast, book }) {
  await stockProducts(holdfast, book, { ids: [HOT_PRODUCT] });
  return {
    label: "stock read",
    site: holdfast,
    requests: {
      maker: "get",
      options: { paths: [`/v1/inventory/${HOT_PRODUCT}`], apiKey: API_KEY },
      expect: 200,
    },
  };
}

/** @param {Stage} stage @returns {Promise<Contestant>} */
async function beingRefused({ holdfast, book, run }) {
  await stockProducts(holdfast, book, { ids: [SOLD_OUT_PRODUCT], initialQuantity: 0 });
  const paths = [`/v1/inventory/${SOLD_OUT_PRODUCT}/reserve`];
  return {
    label: "refused reserve",
    site: holdfast,
    requests: { maker: "reserve", options: { paths, apiKey: API_KEY, run }, expect: 409 },
  };
}

/** Asks until KV has the entry. @param {import("./site.mjs").Site} site @param {string} path */
async function waitForEntry(site, path) {
  const kv = await site.miniflare.getKVNamespace("CATALOG", site.name);
  const endsAt = performance.now() + PUBLISH_PATIENCE_MS;
  while (performance.now() < endsAt) {
    const answer = await fetch(new URL(path, site.url), { headers: { "X-API-Key": API_KEY } });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${text}`);
    if ((await kv.list()).keys.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${path} was never published to KV`);
}
