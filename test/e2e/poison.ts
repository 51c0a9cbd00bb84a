/**
 * A hundred products have an event that the book will never take. Twenty healthy ones are sold meanwhile:
 * their holds are in the book soon, before and after a restart; verify names the hundred and no other, and
 * reproject mends each. npx node test/e2e/poison.ts [--from DIR, made by poison-state.ts with the first
 * release's code]; without it the poison is put into the objects' files while the server is down.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { quantile } from "../../bench/statistics.ts";
import { verificationPages } from "../../scripts/answers.ts";
import type { ApiClient } from "../../scripts/api-client.ts";
import { breakBook, mendBook } from "../recorded/state-files.ts";
import { waitForBook } from "./book-checks.ts";
import { BookWatch } from "./book-watch.ts";
import { acknowledgedHolds, notApplied, startLoad } from "./keyed-load.ts";
import { HEALTHY_IDS, MARKED, poisonJournals, POISONED_IDS, STOCK } from "./poisoned-products.ts";
import { createProducts, inParallel } from "./products.ts";
import { runTest, type Test } from "./run-test.ts";

const CONNECTIONS = 20;
const LOAD_MS = 8000;
const P99_MS = 2000;
/** Long enough to tell how late the late ones were. */
const LAST_MS = 30_000;
const BOOK_TIMEOUT_MS = 30_000;

await runTest({
  title: `poison: ${CONNECTIONS} connections on ${HEALTHY_IDS.length} products beside ${POISONED_IDS.length} poisoned ones`,
  what: "events that the book will never take",
  limitSeconds: 400,
  run: async (test) => {
    const { server, values, tried } = test;
    if (values["from"] === undefined) await makePoison(test);
    const offset = await measure(test, "before", 1);
    await server.kill9();
    await server.restart();
    await measure(test, "after", offset);
    await mend(test);
    tried(`${POISONED_IDS.length} poisoned products beside ${HEALTHY_IDS.length}`);
  },
});

async function makePoison({ server, api, say, expect, find }: Test): Promise<void> {
  const all = [...HEALTHY_IDS, ...POISONED_IDS];
  await createProducts(api, all, STOCK);
  find((await waitForBook(api, all, BOOK_TIMEOUT_MS)).findings);
  breakBook(server.state);
  await holdEach(api, { quantity: 1, metadata: MARKED });
  await server.kill9();
  const poisoned = poisonJournals(server.state);
  mendBook(server.state);
  expect(poisoned === POISONED_IDS.length, `${poisoned} journals were poisoned`);
  await server.restart();
  say(`${poisoned} journals have an event that the book will never take`);
}

/**
 * The poisoned are sold as well, so that their journals are awake and have more to carry. Answers how far the
 * book was.
 */
async function measure({ api, say, expect, find }: Test, when: string, fromOffset: number): Promise<number> {
  await using watch = new BookWatch(api, fromOffset);
  await holdEach(api, { quantity: 1 });
  const load = startLoad(api, {
    productIds: HEALTHY_IDS,
    connections: CONNECTIONS,
    name: `poison-${when}`,
  });
  await sleep(LOAD_MS);
  await load.stop();
  find(notApplied(load.requests));
  const holds = acknowledgedHolds(load.requests);
  const missing = await watch.until(
    holds.map(({ reservationId }) => reservationId),
    LAST_MS,
  );
  const tookMs = holds.map(({ reservationId, answeredAt }) =>
    Math.max(0, (watch.seenAtById.get(reservationId) ?? Infinity) - answeredAt),
  );
  const [p50 = 0, p99 = Infinity, most = 0] = [0.5, 0.99, 1].map((share) =>
    Math.round(quantile(tookMs, share)),
  );
  say(
    `${when} the restart: ${holds.length} holds; in the book after ${p50} ms, p99 ${p99} ms, at most ${most} ms`,
  );
  expect(
    p99 <= P99_MS,
    `${when} the restart p99 is ${p99} ms, not within ${P99_MS} ms; ${missing.length} never came`,
  );
  return watch.offset;
}

async function mend({ api, say, expect, find }: Test): Promise<void> {
  const named = await differing(api);
  const wrong = named.filter((id) => !POISONED_IDS.includes(id));
  const unnamed = POISONED_IDS.filter((id) => !named.includes(id));
  say(`verify names ${named.length} products`);
  expect(wrong.length === 0, `verify names healthy ones: ${wrong.join(", ")}`);
  expect(
    unnamed.length === 0,
    `verify does not name ${unnamed.length} poisoned ones: ${unnamed.slice(0, 5).join(", ")}`,
  );
  const reprojection = z.object({ differences: z.array(z.unknown()) });
  await inParallel(POISONED_IDS, async (id) => {
    const request = `POST /v1/admin/products/${id}/reproject`;
    const { differences } = await api.read(reprojection, request, { body: {} });
    if (differences.length > 0) find([`after reproject ${id} has ${JSON.stringify(differences)}`]);
  });
  const left = await differing(api);
  say(`after reproject verify names ${left.length} products`);
  expect(left.length === 0, `still different: ${left.slice(0, 5).join(", ")}`);
}

/** The products that verify finds a difference in. */
async function differing(api: ApiClient): Promise<string[]> {
  const items = (await Array.fromAsync(verificationPages(api))).flatMap((page) => page.items);
  return items.filter(({ differences }) => differences.length > 0).map(({ productId }) => productId);
}

async function holdEach(api: ApiClient, body: object): Promise<void> {
  await inParallel(POISONED_IDS, (id) => api.call(`POST /v1/inventory/${id}/reserve`, { body }));
}
