/**
 * A hundred poisoned products and twenty healthy ones, as the first release made them through its door, for
 *   node test/drill/poison.mjs --from DIR
 * Makes DIR with that release's code: node test/drill/poison-state.mjs --tree RELEASED --out DIR [--port 8791]
 */
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { createApi } from "./api.mjs";
import { inParallel } from "./parallel.mjs";
import { deepJson, HEALTHY_IDS, MAX_DEPTH, POISONED_IDS, STOCK } from "./poisoned.mjs";

const IP = "127.0.0.1";
const AT_ONCE = 10;

const { values } = parseArgs({
  options: {
    tree: { type: "string" },
    out: { type: "string" },
    port: { type: "string", default: "8791" },
  },
});
if (!values.tree || !values.out) throw new Error("--tree DIR of the release, --out DIR of the state");

const tree = resolve(values.tree);
const part = (path) => import(pathToFileURL(join(tree, path)).href);
const { migrateBook, startDev } = await part("scripts/wrangler.mjs");
const keys = (await part("scripts/dev-vars.mjs")).readDevKeys();
const placeArgs = ["--persist-to", resolve(values.out)];
await migrateBook(placeArgs);
const server = await startDev({ ip: IP, port: Number(values.port), args: placeArgs });
try {
  const api = createApi(server.url, keys);
  await inParallel([...HEALTHY_IDS, ...POISONED_IDS], AT_ONCE, (id) => api.create(id, STOCK));
  const metadata = JSON.parse(deepJson(MAX_DEPTH));
  await inParallel(POISONED_IDS, AT_ONCE, async (id) => {
    const { status, body } = await api.post(`/v1/inventory/${id}/reserve`, { quantity: 1, metadata });
    if (status !== 201) throw new Error(`${id} answered ${status}: ${JSON.stringify(body)}`);
  });
} finally {
  await server.kill9();
}
console.log(
  `${POISONED_IDS.length} poisoned and ${HEALTHY_IDS.length} healthy products are in ${values.out}`,
);
process.exit();
