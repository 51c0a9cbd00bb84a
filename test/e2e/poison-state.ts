/**
 * A hundred poisoned products and twenty healthy ones, as the first release made them through its routes, for
 *   npx node test/e2e/poison.ts --from DIR
 * Makes DIR with that release's code: npx node test/e2e/poison-state.ts --tree RELEASED --out DIR
 */
import { parseArgs } from "node:util";
import { ApiClient } from "../../scripts/api-client.ts";
import { startLocalServer } from "../../scripts/local-server.ts";
import { DEEP_JSON, HEALTHY_IDS, POISONED_IDS, STOCK } from "./poisoned-products.ts";
import { createProducts, inParallel } from "./products.ts";

const {
  values: { tree, out },
} = parseArgs({ options: { tree: { type: "string" }, out: { type: "string" } } });
if (!tree || !out) throw new Error("--tree DIR of the release, --out DIR of the state");

await using server = await startLocalServer({ directory: tree, persistTo: out });
const api = new ApiClient({ url: server.url, apiKey: server.keys.admin });
await createProducts(api, [...HEALTHY_IDS, ...POISONED_IDS], STOCK);
const metadata: unknown = JSON.parse(DEEP_JSON);
await inParallel(POISONED_IDS, (id) =>
  api.call(`POST /v1/inventory/${id}/reserve`, { body: { quantity: 1, metadata } }),
);
await server.kill9();
console.log(`${POISONED_IDS.length} poisoned and ${HEALTHY_IDS.length} healthy products are in ${out}`);
