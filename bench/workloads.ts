/**
 * What is asked of Holdfast, by measure: the products it needs, and the requests. The bench races it, the
 * profiler watches it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { API_KEY } from "./keys.ts";
import type { Requests } from "./requests.ts";
import type { Contestant } from "./rounds.ts";
import { stockProducts, type Stage, type Target } from "./stage.ts";

const PUBLISH_TIMEOUT_MS = 15_000;

export const HOT_PRODUCT = "HOT-1";
export const SPREAD_PRODUCTS = Array.from({ length: 200 }, (_, index) => `SPREAD-${index}`);
const SOLD_OUT_PRODUCT = "GONE-1";

export const RESERVE = "reserve";

/** Each makes its products and answers with what is to be asked. */
export const workloads = {
  B1: (target: Target) => reserving(target, [HOT_PRODUCT]),
  B2: (target: Target) => reserving(target, SPREAD_PRODUCTS),
  B3: readingCatalog,
  B4: readingStock,
  B5: beingRefused,
};

/** A contestant beside Holdfast: `paths` of the baseline, asked in turn. */
export function baselineContestant({ baseline, load }: Stage, label: string, paths: string[]): Contestant {
  const requests: Requests = { maker: "get", paths, expect: 200 };
  return { label, server: baseline, drive: (extent) => load.drive(baseline, requests, extent) };
}

async function reserving(target: Target, ids: string[]): Promise<Contestant> {
  await stockProducts(target.holdfast, ids);
  const paths = ids.map((id) => `/v1/inventory/${id}/reserve`);
  const requests: Requests = { maker: "reserve", paths, apiKey: API_KEY, run: target.run, expect: 201 };
  return { ...asking(target, RESERVE, requests), book: target.holdfast.book };
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
