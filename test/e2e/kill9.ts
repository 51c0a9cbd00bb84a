/**
 * Everything is killed at once: under load the whole process group gets -9 at a random moment and is started
 * again on the same data. Every acknowledged hold must be there, a retry must have one effect, nothing may be
 * invented, and the book must catch up.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { readEvents } from "../../scripts/answers.ts";
import { eventFindings, verifyFindings, waitForBook } from "./book-checks.ts";
import { BookWatch } from "./book-watch.ts";
import { findInvented, findLost, findSecondEffect } from "./keyed-checks.ts";
import { startLoad, unitsById, type KeyedRequest } from "./keyed-load.ts";
import { readStocks } from "./products.ts";
import { runTest, type Test } from "./run-test.ts";

const CONNECTIONS = 16;
const PLENTY = 1_000_000;
const SCARCE = "KILL-SCARCE";
const STOCK_BY_ID = new Map([
  ["KILL-A", PLENTY],
  ["KILL-B", PLENTY],
  ["KILL-C", PLENTY],
  ["KILL-D", PLENTY],
  [SCARCE, 40],
]);
const PRODUCT_IDS = [...STOCK_BY_ID.keys()];
const LOAD_MIN_MS = 800;
const LOAD_SPREAD_MS = 2500;
const BOOK_TIMEOUT_MS = 60_000;
const SECONDS_PER_ROUND = 120;

await runTest({
  title: `kill -9 under the load of ${CONNECTIONS} connections`,
  what: "R3 kill -9 under load",
  limitSeconds: ({ rounds }) => 60 + Number(rounds) * SECONDS_PER_ROUND,
  options: { rounds: "5" },
  run: async (test) => {
    const { api, say, tried, values } = test;
    for (const [productId, initialQuantity] of STOCK_BY_ID)
      await api.call("POST /v1/inventory", { body: { productId, initialQuantity } });

    const requests: KeyedRequest[] = [];
    let nextOffset = 1;
    for (let round = 1; round <= Number(values["rounds"]); round += 1) {
      const ofThisRound = await loadAndKill(test, round);
      requests.push(...ofThisRound);
      await checkRecovery(test, ofThisRound, nextOffset);
      nextOffset = await checkAll(test, requests, round);
    }
    for (const [productId, { held, confirmed }] of unitsById(requests))
      say(`${productId}: ${held} held, ${confirmed} sold`);
    tried(`${values["rounds"]} kills`);
    tried(`${requests.length} requests`);
    tried(`${nextOffset - 1} events`);
  },
});

async function loadAndKill({ server, api, say, find }: Test, round: number): Promise<KeyedRequest[]> {
  const loadMs = Math.round(LOAD_MIN_MS + Math.random() * LOAD_SPREAD_MS);
  const load = startLoad(api, { productIds: PRODUCT_IDS, connections: CONNECTIONS, name: `r${round}` });
  const { requests } = load;
  await sleep(loadMs);
  const early = requests.filter(({ failure }) => failure);
  find(early.map(({ asked, failure }) => `${asked.key} failed before the kill: ${failure}`));
  await server.kill9();
  await load.stop();

  const answered = requests.filter(({ answer }) => answer).length;
  const applied = requests.filter((request) => request.applied).length;
  const killedAt = performance.now();
  await server.restart();
  const backMs = Math.round(performance.now() - killedAt);
  say(
    `round ${round}: killed after ${loadMs} ms: ${applied} applied, ${answered - applied} refused, ` +
      `${requests.length - answered} unanswered; back after ${backMs} ms`,
  );
  return requests;
}

/**
 * What the crash left undone reaches the book before anybody touches an object; then every request is asked
 * again.
 */
async function checkRecovery({ api, say, find }: Test, requests: KeyedRequest[], fromOffset: number) {
  const startedAt = performance.now();
  const holds = new Set(requests.flatMap(({ reservationId }) => reservationId ?? []));
  await using watch = new BookWatch(api, fromOffset);
  const missing = await watch.until([...holds], BOOK_TIMEOUT_MS);
  say(`the book had caught up by itself after ${Math.round(performance.now() - startedAt)} ms`);
  find(missing.map((id) => `${id} did not reach the book by itself`));

  const limit = pLimit(CONNECTIONS);
  find((await limit.map(requests, (request) => findLost(api, request, SCARCE))).flat());
  find((await limit.map(requests, (request) => findSecondEffect(api, request, SCARCE))).flat());
}

/** Answers the offset that the next event of the book will have. */
async function checkAll({ api, say, find }: Test, requests: KeyedRequest[], round: number): Promise<number> {
  const { waitedMs, findings } = await waitForBook(api, PRODUCT_IDS, BOOK_TIMEOUT_MS);
  find(findings);
  find(await findInvented(api, requests, STOCK_BY_ID));
  const events = await readEvents(api);
  find(eventFindings(events, (await readStocks(api, PRODUCT_IDS)).values()));
  find((await verifyFindings(api)).findings);
  say(`round ${round}: the book had the retries after ${waitedMs} ms: ${events.length} events`);
  return events.length + 1;
}
