/**
 * A hundred products have an event that the book will never take. Twenty healthy ones are sold meanwhile:
 * their holds are in the book soon, before and after a restart; verify names the hundred and no other, and
 * reproject mends each. node test/drill/poison.mjs [--from DIR, made by poison-state.mjs with the first
 * release's code]; without it the poison is put into the objects' files while the server is down.
 */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { bookFile } from "../recorded/state-files.mjs";
import { heldRequests, quantile, watchBook } from "./book-watch.mjs";
import { waitForBook } from "./book.mjs";
import { runDrill } from "./drill.mjs";
import { runLoad } from "./keyed-load.mjs";
import { inParallel } from "./parallel.mjs";
import { HEALTHY_IDS, MARKED, poisonJournals, POISONED_IDS, STOCK } from "./poisoned.mjs";

const CONNECTIONS = 20;
const LOAD_MS = 8000;
const P99_MS = 2000;
/** Long enough to tell how late the late ones were. */
const LAST_MS = 30_000;
const BOOK_TIMEOUT_MS = 30_000;
const AT_ONCE = 10;

const AWAY = `CREATE TRIGGER drill_outage BEFORE INSERT ON events
  BEGIN SELECT RAISE(ABORT, 'Network connection lost.'); END`;

await runDrill({
  title: `poison: ${CONNECTIONS} connections on ${HEALTHY_IDS.length} products beside ${POISONED_IDS.length} poisoned ones`,
  limitSeconds: 400,
  options: { from: { type: "string" } },
  run: async (drill) => {
    const { server, values } = drill;
    if (values.from === undefined) await makePoison(drill);
    const offset = await measure(drill, "before", 1);
    await server.kill9();
    await server.restart();
    await measure(drill, "after", offset);
    await mend(drill);
  },
});

async function makePoison({ server, api, say, expect, find }) {
  const all = [...HEALTHY_IDS, ...POISONED_IDS];
  await inParallel(all, AT_ONCE, (id) => api.create(id, STOCK));
  find((await waitForBook(api, all, BOOK_TIMEOUT_MS)).findings);
  await server.executeSql(AWAY);
  await inParallel(POISONED_IDS, AT_ONCE, (id) => hold(api, id, { quantity: 1, metadata: MARKED }));
  await server.kill9();
  const poisoned = poisonJournals(server.state);
  const book = new DatabaseSync(bookFile(server.state));
  book.exec("DROP TRIGGER drill_outage");
  book.close();
  expect(poisoned === POISONED_IDS.length, `${poisoned} journals were poisoned`);
  await server.restart();
  say(`${poisoned} journals have an event that the book will never take`);
}

/** The poisoned are sold as well, so that their journals are awake and have more to carry. Answers how far the book was. */
async function measure({ api, say, expect, find }, when, fromOffset) {
  const watch = watchBook(api, fromOffset);
  await inParallel(POISONED_IDS, AT_ONCE, (id) => hold(api, id, { quantity: 1 }));
  const requests = [];
  const stop = new AbortController();
  const load = { api, productIds: HEALTHY_IDS, connections: CONNECTIONS, name: `poison-${when}`, requests };
  const loading = runLoad({ ...load, signal: stop.signal });
  await sleep(LOAD_MS);
  stop.abort();
  await loading;
  for (const { key, answer, failure } of requests) {
    if (!(answer?.status < 300)) find([`${key} was not applied: ${failure ?? JSON.stringify(answer)}`]);
  }
  const held = heldRequests(requests);
  const missing = await watch.until(
    held.map(({ reservationId }) => reservationId),
    LAST_MS,
  );
  await watch.stop();
  const took = held.map(({ reservationId, answeredAt }) =>
    Math.max(0, (watch.seenAtById.get(reservationId) ?? Infinity) - answeredAt),
  );
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => quantile(took, share));
  say(
    `${when} the restart: ${held.length} holds; in the book after ${p50} ms, p99 ${p99} ms, at most ${most} ms`,
  );
  expect(
    p99 <= P99_MS,
    `${when} the restart p99 is ${p99} ms, not within ${P99_MS} ms; ${missing.length} never came`,
  );
  return watch.offset();
}

async function mend({ api, say, expect, find }) {
  const named = await differing(api);
  const wrong = named.filter((id) => !POISONED_IDS.includes(id));
  const unnamed = POISONED_IDS.filter((id) => !named.includes(id));
  say(`verify names ${named.length} products`);
  expect(wrong.length === 0, `verify names healthy ones: ${wrong.join(", ")}`);
  expect(
    unnamed.length === 0,
    `verify does not name ${unnamed.length} poisoned ones: ${unnamed.slice(0, 5).join(", ")}`,
  );
  let mended = 0;
  await inParallel(POISONED_IDS, AT_ONCE, async (id) => {
    const { status, body } = await api.post(`/v1/admin/products/${id}/reproject`, {});
    if (status === 200 && body.differences.length === 0) mended += 1;
    else find([`reproject of ${id} answered ${status}: ${JSON.stringify(body).slice(0, 300)}`]);
  });
  const left = await differing(api);
  say(`reproject mended ${mended}; verify then names ${left.length} products`);
  expect(left.length === 0, `still different: ${left.slice(0, 5).join(", ")}`);
}

/** @returns {Promise<string[]>} the products that verify finds a difference in */
async function differing(api) {
  const ids = [];
  let cursor = null;
  do {
    const { status, body } = await api.post("/v1/admin/verify", cursor === null ? {} : { cursor });
    if (status !== 200) throw new Error(`verify answered ${status}: ${JSON.stringify(body)}`);
    ids.push(
      ...body.items.filter(({ differences }) => differences.length > 0).map(({ productId }) => productId),
    );
    cursor = body.nextCursor;
  } while (cursor !== null);
  return ids;
}

async function hold(api, productId, body) {
  const { status, body: answer } = await api.post(`/v1/inventory/${productId}/reserve`, body);
  if (status !== 201) throw new Error(`${productId} answered ${status}: ${JSON.stringify(answer)}`);
}
