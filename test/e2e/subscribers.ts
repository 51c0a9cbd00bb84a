/**
 * A thousand sockets while stock moves, half of them cut without a close and back with what they saw last: of levels the
 * versions only rise and the last state arrives, of events every one comes once, in order, without a gap.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { readEvents, waitForBook } from "./book.mjs";
import { runDrill } from "./drill.mjs";
import { inParallel } from "./parallel.mjs";
import { Follower, Watcher } from "./listener.mjs";

const STOCK = 1_000_000;
const PRODUCTS = 10;
const CHANGES_PER_SECOND = 200;
/** Ten at a time: the server in development mode takes some hundred requests a second beside a thousand sockets. */
const CHANGES_PER_REQUEST = 10;
const SETTLE_TIMEOUT_MS = 60_000;
const OPEN_CONCURRENCY = 50;

await runDrill({
  title: "listeners: sockets are cut at random while stock moves",
  limitSeconds: (values) => 180 + 3 * Number(values.seconds),
  options: {
    sockets: { type: "string", default: "1000" },
    followers: { type: "string", default: "50" },
    seconds: { type: "string", default: "20" },
  },
  run: async ({ server, api, values, say, expect, find }) => {
    const seconds = Number(values.seconds);
    const productIds = Array.from({ length: PRODUCTS }, (_, i) => `LIVE-${i}`);
    for (const productId of productIds) await api.create(productId, STOCK);
    await waitForBook(api, productIds, SETTLE_TIMEOUT_MS);
    const start = ((await readEvents(api)).at(-1)?.offset ?? 0) + 1;

    const followers = Array.from({ length: Number(values.followers) }, () => new Follower(server, start));
    const watchers = Array.from(
      { length: Number(values.sockets) - followers.length },
      (_, i) => new Watcher(server, productIds[i % PRODUCTS]),
    );
    const everyone = [...followers, ...watchers];
    const openedAt = performance.now();
    await inParallel(everyone, OPEN_CONCURRENCY, (listener) => listener.open());
    say(`${everyone.length} sockets open after ${Math.round(performance.now() - openedAt)} ms`);

    const stop = new AbortController();
    const load = changeStock(api, productIds, stop.signal);
    const victims = shuffled(everyone).slice(0, everyone.length / 2);
    const returns = [];
    for (const [i, victim] of victims.entries()) {
      returns.push(victim.breakOff());
      if (i % 10 === 9) await sleep((seconds * 1000) / (victims.length / 10));
    }
    await Promise.all(returns);
    stop.abort();
    const { changes, failures } = await load;
    find(failures);
    say(`${victims.length} were cut and came back; ${changes} changes in ${seconds} s or so`);
    expect(changes > (seconds * CHANGES_PER_SECOND) / 10, `only ${changes} changes`);

    find((await waitForBook(api, productIds, SETTLE_TIMEOUT_MS)).findings);
    const events = (await readEvents(api)).filter(({ offset }) => offset >= start);
    const stockById = new Map();
    for (const productId of productIds)
      stockById.set(productId, (await api.get(`/v1/inventory/${productId}`)).body);
    const settledAt = performance.now();
    const there = () =>
      followers.every((follower) => follower.next === start + events.length) &&
      watchers.every((watcher) => watcher.version === stockById.get(watcher.productId).version);
    while (!there() && performance.now() - settledAt < SETTLE_TIMEOUT_MS) await sleep(50);
    say(`all had the last state ${Math.round(performance.now() - settledAt)} ms later`);

    for (const listener of everyone) find(listener.findings);
    for (const follower of followers) find(follower.compare(events));
    for (const watcher of watchers) find(watcher.compare(stockById.get(watcher.productId)));
    const told = watchers.reduce((sum, { messages }) => sum + messages, 0);
    say(
      `${followers.length} followers had ${events.length} events each, in order, ${watchers.length} listeners`,
    );
    say(
      `${told} levels between them: ${Math.round(told / watchers.length)} each of some ${Math.round(changes / PRODUCTS)} changes`,
    );
    for (const listener of everyone) listener.end();
  },
});

/** Reserves, each change in its turn, about as many a second as wanted. */
async function changeStock(api, productIds, signal) {
  const failures = [];
  const startedAt = performance.now();
  let asked = 0;
  let changes = 0;
  const client = async () => {
    while (!signal.aborted) {
      const dueMs = (asked * 1000) / CHANGES_PER_SECOND - (performance.now() - startedAt);
      const first = asked;
      asked += CHANGES_PER_REQUEST;
      if (dueMs > 0) await sleep(dueMs);
      const operations = Array.from({ length: CHANGES_PER_REQUEST }, (_, i) => ({
        op: "reserve",
        productId: productIds[(first + i) % productIds.length],
        quantity: 1,
        orderId: `live-${first + i}`,
        idempotencyKey: `live-${first + i}`,
      }));
      const answer = await api.post("/v1/inventory/bulk", { operations });
      const applied = answer.body?.summary?.applied ?? 0;
      changes += applied;
      if (applied < CHANGES_PER_REQUEST)
        failures.push(`live-${first}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, client));
  return { changes, failures };
}

function shuffled(items) {
  const rest = [...items];
  for (let i = rest.length - 1; i > 0; i -= 1) {
    const j = Math.floor(Math.random() * (i + 1));
    [rest[i], rest[j]] = [rest[j], rest[i]];
  }
  return rest;
}
