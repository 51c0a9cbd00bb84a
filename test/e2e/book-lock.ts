/**
 * Another process holds the book's file locked for twenty seconds while shoppers go on. Within ten seconds of
 * its release everything that was acknowledged until then is in the book, complete and in order.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { quantile } from "../../bench/statistics.ts";
import { readEvents } from "../../scripts/answers.ts";
import { openBook } from "../recorded/state-files.ts";
import { eventFindings, verifyFindings } from "./book-checks.ts";
import { BookWatch } from "./book-watch.ts";
import { acknowledgedHolds, notApplied, startLoad, type KeyedRequest } from "./keyed-load.ts";
import { createProducts, numbered, readStocks } from "./products.ts";
import { runTest } from "./run-test.ts";

const PRODUCT_IDS = numbered("LOCK", 20);
const STOCK = 1_000_000;
const CONNECTIONS = 20;
const LEAD_MS = 3000;
const LOCK_MS = 20_000;
const CATCH_UP_MS = 10_000;
/** Long enough to tell how late the late ones were. */
const LAST_MS = 60_000;

await runTest({
  title: `lock: ${CONNECTIONS} connections go on while the book's file is locked for ${LOCK_MS / 1000} s`,
  what: "R4 D1 stalls: its file is locked",
  limitSeconds: 180,
  run: async ({ server, api, say, tried, expect, find }) => {
    await createProducts(api, PRODUCT_IDS, STOCK);
    await using watch = new BookWatch(api, 1);
    const load = startLoad(api, { productIds: PRODUCT_IDS, connections: CONNECTIONS, name: "lock" });
    await sleep(LEAD_MS);

    const lockedAt = performance.now();
    const release = lockBook(server.state);
    const seenBefore = watch.seenAtById.size;
    await sleep(LOCK_MS);
    const seenWhile = watch.seenAtById.size - seenBefore;
    release();
    const releasedAt = performance.now();
    await sleep(CATCH_UP_MS);
    await load.stop();

    const { requests } = load;
    say(describeLoad("before", requests, [0, lockedAt]));
    say(describeLoad("locked", requests, [lockedAt, releasedAt]));
    say(describeLoad("after", requests, [releasedAt, Infinity]));
    say(`the book grew by ${seenWhile} holds while it was locked`);
    find(notApplied(requests));
    const holds = acknowledgedHolds(requests);
    const before = holds.filter(({ answeredAt }) => answeredAt < releasedAt);
    expect(
      before.some(({ answeredAt }) => answeredAt > lockedAt),
      "nothing was reserved while the book was locked",
    );
    const ids = holds.map(({ reservationId }) => reservationId);
    const missing = await watch.until(ids, LAST_MS);
    find(missing.map((id) => `${id} is not in the book`));
    const latenessMs = before.map(
      ({ reservationId }) => (watch.seenAtById.get(reservationId) ?? Infinity) - releasedAt,
    );
    const last = Math.round(Math.max(...latenessMs));
    say(
      `${before.length} holds were acknowledged before the release; the last was in the book ${last} ms after it`,
    );
    expect(
      last <= CATCH_UP_MS,
      `the book was complete ${last} ms after the release, not within ${CATCH_UP_MS}`,
    );

    const events = await readEvents(api);
    find(eventFindings(events, (await readStocks(api, PRODUCT_IDS)).values()));
    const verified = await verifyFindings(api);
    find(verified.findings);
    tried(`${LOCK_MS / 1000} s`);
    tried(`${requests.length} requests`);
    say(
      `${events.length} events in order; verified ${verified.checked}: ${verified.findings.length} differences`,
    );
  },
});

/** Answers how to let go of it. */
function lockBook(state: string): () => void {
  const database = openBook(state);
  database.exec("BEGIN EXCLUSIVE");
  return () => {
    database.exec("ROLLBACK");
    database.close();
  };
}

function describeLoad(when: string, requests: KeyedRequest[], [from, to]: [number, number]): string {
  const asked = requests.filter(({ askedAt }) => askedAt >= from && askedAt < to);
  const tookMs = asked.flatMap(({ askedAt, answeredAt }) => (answeredAt ? [answeredAt - askedAt] : []));
  const applied = asked.filter((request) => request.applied).length;
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => Math.round(quantile(tookMs, share)));
  return (
    `${when}: ${asked.length} asked, ${applied} applied; ` +
    `answered in ${p50} ms, p99 ${p99} ms, at most ${most} ms`
  );
}
