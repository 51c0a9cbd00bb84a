/**
 * Another process holds the book's file locked for twenty seconds while shoppers go on. Within ten seconds of
 * its release everything that was acknowledged until then is in the book, complete and in order.
 */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { bookFile } from "../recorded/state-files.mjs";
import { heldRequests, quantile, watchBook } from "./book-watch.mjs";
import { eventFindings, readEvents, verifyFindings } from "./book.mjs";
import { runDrill } from "./drill.mjs";
import { runLoad } from "./keyed-load.mjs";

const PRODUCT_IDS = Array.from({ length: 20 }, (_, index) => `LOCK-${index}`);
const STOCK = 1_000_000;
const CONNECTIONS = 20;
const LEAD_MS = 3000;
const LOCK_MS = 20_000;
const CATCH_UP_MS = 10_000;
/** Long enough to tell how late the late ones were. */
const LAST_MS = 60_000;

await runDrill({
  title: `lock: ${CONNECTIONS} connections go on while the book's file is locked for ${LOCK_MS / 1000} s`,
  limitSeconds: 180,
  run: async ({ server, api, say, expect, find }) => {
    for (const productId of PRODUCT_IDS) await api.create(productId, STOCK);
    const requests = [];
    const stop = new AbortController();
    const watch = watchBook(api, 1);
    const load = { api, productIds: PRODUCT_IDS, connections: CONNECTIONS, name: "lock", requests };
    const loading = runLoad({ ...load, signal: stop.signal });
    await sleep(LEAD_MS);

    const lockedAt = performance.now();
    const release = lockBook(server.state);
    const seenBefore = watch.seenAtById.size;
    await sleep(LOCK_MS);
    const seenWhile = watch.seenAtById.size - seenBefore;
    release();
    const releasedAt = performance.now();
    await sleep(CATCH_UP_MS);
    stop.abort();
    await loading;

    say(describeLoad("before", requests, [0, lockedAt]));
    say(describeLoad("locked", requests, [lockedAt, releasedAt]));
    say(describeLoad("after", requests, [releasedAt, Infinity]));
    say(`the book grew by ${seenWhile} holds while it was locked`);
    for (const { key, answer, failure } of requests) {
      if (!(answer?.status < 300)) find([`${key} was not applied: ${failure ?? JSON.stringify(answer)}`]);
    }
    const held = heldRequests(requests);
    const before = held.filter(({ answeredAt }) => answeredAt < releasedAt);
    expect(
      held.some(({ answeredAt }) => answeredAt > lockedAt && answeredAt < releasedAt),
      "nothing was reserved while the book was locked",
    );
    const missing = await watch.until(
      held.map(({ reservationId }) => reservationId),
      LAST_MS,
    );
    find(missing.map((id) => `${id} is not in the book`));
    const lateness = before.map(({ reservationId }) => watch.seenAtById.get(reservationId) - releasedAt);
    const last = Math.round(Math.max(...lateness));
    say(
      `${before.length} holds were acknowledged before the release; the last was in the book ${last} ms after it`,
    );
    expect(
      last <= CATCH_UP_MS,
      `the book was complete ${last} ms after the release, not within ${CATCH_UP_MS}`,
    );
    await watch.stop();

    const versionById = new Map();
    for (const productId of PRODUCT_IDS)
      versionById.set(productId, (await api.get(`/v1/inventory/${productId}`)).body.version);
    const events = await readEvents(api);
    find(eventFindings(events, versionById));
    const verified = await verifyFindings(api);
    find(verified.findings);
    say(
      `${events.length} events in order; verified ${verified.checked}: ${verified.findings.length} differences`,
    );
  },
});

/** @returns {() => void} lets go of it */
function lockBook(state) {
  const database = new DatabaseSync(bookFile(state), { timeout: 5000 });
  database.exec("BEGIN EXCLUSIVE");
  return () => {
    database.exec("ROLLBACK");
    database.close();
  };
}

function describeLoad(when, requests, [from, to]) {
  const asked = requests.filter(({ askedAt }) => askedAt >= from && askedAt < to);
  const took = asked.flatMap(({ askedAt, answeredAt }) =>
    answeredAt === undefined ? [] : answeredAt - askedAt,
  );
  const applied = asked.filter(({ answer }) => answer?.status < 300).length;
  return (
    `${when}: ${asked.length} asked, ${applied} applied; ` +
    `answered in ${quantile(took, 0.5)} ms, p99 ${quantile(took, 0.99)} ms, at most ${quantile(took, 1)} ms`
  );
}
