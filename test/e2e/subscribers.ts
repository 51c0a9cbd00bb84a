/**
 * A thousand sockets while stock moves, half of them cut without a close and back with what they saw last: of
 * levels the versions only rise and the last state arrives, of events every one comes once, in order, without
 * a gap.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { z } from "zod";
import { readEvents } from "../../scripts/answers.ts";
import type { ApiClient } from "../../scripts/api-client.ts";
import { waitForBook } from "./book-checks.ts";
import { startConnections } from "./connections.ts";
import { createProducts, numbered, readStocks } from "./products.ts";
import { runTest, type Test } from "./run-test.ts";
import { LevelSubscriber, LogSubscriber } from "./subscriber.ts";

const STOCK = 1_000_000;
const PRODUCT_IDS = numbered("LIVE", 10);
const LOG_SUBSCRIBERS = 50;
const CHANGES_PER_SECOND = 200;
/**
 * Ten at a time: the server in development mode takes some hundred requests a second beside a thousand
 * sockets.
 */
const CHANGES_PER_REQUEST = 10;
const CLIENTS = 16;
const SETTLE_TIMEOUT_MS = 60_000;
const OPENED_AT_ONCE = 50;

const bulkResult = z.object({ summary: z.object({ applied: z.number() }) });

interface Subscribers {
  ofLevels: LevelSubscriber[];
  ofLog: LogSubscriber[];
}

await runTest({
  title: "subscribers: sockets are cut at random while stock moves",
  what: "R9 listeners, half of them cut",
  limitSeconds: ({ seconds }) => 180 + 3 * Number(seconds),
  options: { sockets: "1000", seconds: "20" },
  run: async (test) => {
    const { server, api, values, say, tried, expect, find } = test;
    await createProducts(api, PRODUCT_IDS, STOCK);
    await waitForBook(api, PRODUCT_IDS, SETTLE_TIMEOUT_MS);
    const start = ((await readEvents(api)).at(-1)?.offset ?? 0) + 1;

    const ofLog = Array.from({ length: LOG_SUBSCRIBERS }, () => new LogSubscriber(server, start));
    const ofLevels = Array.from(
      { length: Number(values["sockets"]) - LOG_SUBSCRIBERS },
      (_, index) => new LevelSubscriber(server, productAt(index)),
    );
    const everyone = [...ofLog, ...ofLevels];
    const openedAt = performance.now();
    await pLimit(OPENED_AT_ONCE).map(everyone, (subscriber) => subscriber.open());
    say(`${everyone.length} sockets open after ${Math.round(performance.now() - openedAt)} ms`);

    const load = changeStock(api);
    const victims = everyone.toSorted(() => Math.random() - 0.5).slice(0, everyone.length / 2);
    const restMs = (Number(values["seconds"]) * 1000) / victims.length;
    const returns: Promise<void>[] = [];
    for (const victim of victims) {
      returns.push(victim.breakOff());
      await sleep(restMs);
    }
    await Promise.all(returns);
    const { changes, seconds, failures } = await load.stop();
    find(failures);
    say(
      `${victims.length} were cut and came back; ${changes} changes, ${Math.round(changes / seconds)} a second`,
    );
    expect(changes > (seconds * CHANGES_PER_SECOND) / 10, `only ${changes} changes`);

    await checkSubscribers(test, { ofLevels, ofLog }, start);
    const messages = everyone.reduce((sum, subscriber) => sum + subscriber.messages, 0);
    for (const subscriber of everyone) subscriber.end();
    tried(`${everyone.length} sockets, ${victims.length} cut`);
    tried(`${changes} changes`);
    tried(`${messages} messages`);
  },
});

async function checkSubscribers({ api, say, find }: Test, { ofLevels, ofLog }: Subscribers, start: number) {
  find((await waitForBook(api, PRODUCT_IDS, SETTLE_TIMEOUT_MS)).findings);
  const events = await readEvents(api, start);
  const stockById = await readStocks(api, PRODUCT_IDS);
  const settledAt = performance.now();
  const isDone = () =>
    ofLog.every(({ next }) => next === start + events.length) &&
    ofLevels.every(({ version, productId }) => version === stockById.get(productId)?.version);
  while (!isDone() && performance.now() - settledAt < SETTLE_TIMEOUT_MS) await sleep(50);
  say(`all had the last state ${Math.round(performance.now() - settledAt)} ms later`);

  for (const subscriber of [...ofLog, ...ofLevels]) find(subscriber.findings);
  for (const subscriber of ofLog) find(subscriber.compare(events));
  for (const subscriber of ofLevels) find(subscriber.compare(stockById.get(subscriber.productId)));
  const levels = ofLevels.reduce((sum, { messages }) => sum + messages, 0);
  say(`${ofLog.length} subscribers had ${events.length} events each, in order`);
  say(`${ofLevels.length} others had ${Math.round(levels / ofLevels.length)} levels each`);
}

/** Reserves, each product in its turn, about as many a second as wanted. */
function changeStock(api: ApiClient) {
  const failures: string[] = [];
  const startedAt = performance.now();
  let asked = 0;
  let changes = 0;
  const connections = startConnections(CLIENTS, async () => {
    const first = asked;
    asked += CHANGES_PER_REQUEST;
    const dueMs = (first * 1000) / CHANGES_PER_SECOND - (performance.now() - startedAt);
    await sleep(Math.max(0, dueMs));
    const operations = Array.from({ length: CHANGES_PER_REQUEST }, (_, index) => ({
      op: "reserve",
      productId: productAt(first + index),
      quantity: 1,
      orderId: `live-${first + index}`,
      idempotencyKey: `live-${first + index}`,
    }));
    const answer = await api.ask("POST /v1/inventory/bulk", { body: { operations } });
    const applied = bulkResult.safeParse(answer.body).data?.summary.applied ?? 0;
    changes += applied;
    if (applied < CHANGES_PER_REQUEST) failures.push(`live-${first}: ${JSON.stringify(answer)}`);
  });
  return { stop: async () => ({ seconds: await connections.stop(), changes, failures }) };
}

function productAt(index: number): string {
  return PRODUCT_IDS[index % PRODUCT_IDS.length] ?? "";
}
