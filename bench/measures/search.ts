/** B11: searches of a whole catalog, one at a time, beside the least that D1 can be asked. */
import { logProgress } from "../../scripts/progress.ts";
import { uploadOf, type Catalog } from "../catalog.ts";
import { API_KEY } from "../keys.ts";
import { decimal, rangeOf, type Measurement } from "../measurement.ts";
import { ratioOf, runRace, type Contestant } from "../rounds.ts";
import { fillProducts, rebuildIndex } from "../search-index.ts";
import type { WorkerServer } from "../server.ts";
import type { Stage } from "../stage.ts";

const KEY_READ = "primary-key read from D1";
const KEYS_READ = 1000;
const MOST_TIMES = 10;
/** Latencies of one connection settle sooner than rates. */
const SAMPLE_SHARE = 0.5;

const SEARCHES: Record<string, string[]> = {
  words: ["q=star+wars", "q=police+car", "q=fire+truck", "q=castle", "q=space+ship"],
  beginnings: ["q=mill+fal", "q=des", "q=st+wa", "q=drag", "q=tra+bl"],
  "one letter": ["q=s", "q=b", "q=c"],
  "a slip": ["q=milennium", "q=fallcon", "q=dargon", "q=castel", "q=pirats+shp"],
  "nothing found": ["q=qqqqq", "q=zzyzx+wwww"],
  filters: ["attr.theme=Star+Wars", "attr.year=2015&kind=set", "status=active&attr.theme=Technic"],
  "words and filters": ["q=fighter&attr.theme=Star+Wars", "q=set&attr.year=2010&availability=out_of_stock"],
  facets: ["facets=kind,attr.theme,attr.year", "facets=attr.subtheme,availability"],
  "words and facets": ["q=star&facets=attr.theme,attr.year", "q=police&facets=kind,attr.theme,tag"],
  "words by name": ["q=star&sort=name", "q=set&sort=-name"],
  "filters by price or age": ["attr.theme=Star+Wars&sort=-price", "kind=set&sort=-createdAt"],
  "newer than": ["createdAfter=2020-01-01T00:00:00Z", "updatedAfter=2020-01-01T00:00:00Z&kind=set"],
};

export async function searchCatalog(stage: Stage, { origin, products }: Catalog): Promise<Measurement> {
  await fill(stage, products);
  const keyRead: Contestant = asking(stage, KEY_READ, {
    server: stage.baseline,
    paths: products.slice(0, KEYS_READ).map(({ productId }) => `/d1/${encodeURIComponent(productId)}`),
  });
  const searches = Object.entries(SEARCHES).map(([label, queries]) => {
    const paths = queries.map((query) => `/v1/products?${query}`);
    return asking(stage, label, { server: stage.holdfast.server, paths });
  });
  const { rounds, sampleMs, warmUpMs } = stage.pace;
  const pace = { rounds, sampleMs: sampleMs * SAMPLE_SHARE, warmUpMs: warmUpMs * SAMPLE_SHARE };
  const raced = await runRace("B11", pace, [...searches, keyRead]);
  return {
    id: "B11",
    what: `search over ${decimal(products.length)} products of ${origin}, one at a time`,
    race: raced,
    claims: searches.map(({ label }) => {
      const { clock: p95, cpu } = ratioOf(raced, [label, KEY_READ], "p95Ms");
      const p50 = ratioOf(raced, [label, KEY_READ], "p50Ms").clock.median;
      const beside = `p50 ${decimal(p50, 1)}x, CPU ${decimal(1 / cpu.median, 1)}x`;
      return {
        name: label,
        says: `${label}: p95 ${decimal(p95.median, 1)}x of a ${KEY_READ} (${rangeOf(p95, 1)}; ${beside})`,
        reach: `<= ${MOST_TIMES}x`,
        reached: p95.median <= MOST_TIMES,
        figure: p95,
      };
    }),
  };
}

async function fill({ holdfast, baseline }: Stage, products: Catalog["products"]): Promise<void> {
  await fillProducts(holdfast.book.database, products);
  const startedAt = performance.now();
  const indexed = await rebuildIndex(holdfast);
  const seconds = (performance.now() - startedAt) / 1000;
  logProgress(`B11: ${indexed} of ${products.length} products indexed in ${decimal(seconds, 1)} s`);
  await fetch(new URL("/import", baseline.url), { method: "POST", body: uploadOf(products).body });
}

/** By one connection. */
function asking(
  { load }: Stage,
  label: string,
  { server, paths }: { server: WorkerServer; paths: string[] },
): Contestant {
  const requests = { maker: "get" as const, paths, apiKey: API_KEY, expect: 200 };
  return { label, server, drive: (extent) => load.drive(server, requests, { ...extent, connections: 1 }) };
}
