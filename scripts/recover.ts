/**
 * npm run recover -- [--url http://127.0.0.1:8787] [--key admin-demo] [--ids FILE]
 * Has the book rebuilt from the objects and says how far that is until it is done. FILE has product ids, one a line, that no
 * list may know.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { z } from "zod";
import { ApiClient } from "./api-client.ts";
import { runCommand } from "./command.ts";
import { logProgress } from "./progress.ts";

const IDS_PER_REQUEST = 10_000;
const POLL_MS = 1000;
const TRIES = 10;

const rebuild = z.object({
  phase: z.string(),
  found: z.number(),
  rebuilt: z.number(),
  failed: z.number(),
  locations: z.number(),
  lists: z.array(
    z.object({ list: z.string(), state: z.string(), found: z.number(), reason: z.string().nullable() }),
  ),
  failures: z.array(z.object({ productId: z.string(), reason: z.string() })),
});

await runCommand(async (signal) => {
  const { values } = parseArgs({
    options: {
      url: { type: "string", default: "http://127.0.0.1:8787" },
      key: { type: "string", default: "admin-demo" },
      ids: { type: "string" },
    },
  });
  const api = new ApiClient({ url: values.url, apiKey: values.key, signal, tries: TRIES });
  const ids = values.ids === undefined ? [] : readFileSync(values.ids, "utf8").match(/\S+/g);
  if (!ids?.length) await api.call("POST /v1/admin/book/rebuild");
  for (let from = 0; from < (ids?.length ?? 0); from += IDS_PER_REQUEST) {
    const productIds = ids?.slice(from, from + IDS_PER_REQUEST);
    await api.call("POST /v1/admin/book/rebuild", { body: { productIds } });
  }
  const read = () => api.read(rebuild, "GET /v1/admin/book/rebuild");
  let seen = await read();
  for (; seen.phase !== "done"; seen = await read()) {
    logProgress(`${seen.rebuilt} of ${seen.found} known products, ${seen.failed} failed`);
    await sleep(POLL_MS, undefined, { signal });
  }
  console.log(
    `${seen.rebuilt} of ${seen.found} products, ${seen.failed} failed, ${seen.locations} locations`,
  );
  for (const { list, state, found, reason } of seen.lists)
    console.log(`${list}: ${reason === null ? `${found} more products` : `${state}, ${reason}`}`);
  for (const { productId, reason } of seen.failures) console.log(`${productId}: ${reason}`);
  return seen.failed > 0 ? 1 : 0;
});
