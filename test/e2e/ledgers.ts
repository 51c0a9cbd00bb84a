/**
 * Thousands of products change at once, and their events go to the book by one ledger, by four, and by one again: the number is
 * changed by a restart in the middle of a round, with -9. The log is dense, each product's events are in its order, and a
 * follower and a webhook get every one, in the log's order.
 *   npx node test/e2e/ledgers.ts [--rounds 5]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { readEvents, stock } from "../../scripts/answers.ts";
import type { ApiClient } from "../../scripts/api-client.ts";
import { importProducts } from "../../scripts/import-call.ts";
import { LogCheck } from "../../scripts/retail/log-check.ts";
import { bookNumbers } from "./book-file.ts";
import { inParallel, numbered } from "./products.ts";
import { arrivalFindings, Receiver } from "./receiver.ts";
import { runTest, type Test } from "./run-test.ts";
import { LogSubscriber } from "./subscriber.ts";

/** Of a product: it is there, and its first units have come. */
const EVENTS_WHEN_MADE = 2;
const PRODUCT_IDS = numbered("LEDGER", 2000);
const CHANGES_PER_REQUEST = 500;
/** In the order of their restarts. */
const SHARDS = ["1", "4", "1"];
/** A restart comes within this time after a round has begun. */
const KILL_WITHIN_MS = 1500;
const RETRY_MS = 200;
/** Products that the webhook wants: one delivery after the other takes long. */
const WANTED = PRODUCT_IDS.filter((_, index) => index % 20 === 0);
const VERIFIED = PRODUCT_IDS.filter((_, index) => index % 40 === 0);
const CAUGHT_UP_TIMEOUT_MS = 120_000;

const bulk = z.object({
  results: z.array(z.looseObject({ applied: z.boolean(), replayed: z.boolean().optional() })),
});
const webhook = z.object({ webhookId: z.string(), secret: z.string(), nextOffset: z.number() });
const verification = z.object({ differences: z.array(z.unknown()) });

await runTest({
  title: `${PRODUCT_IDS.length} products change at once, by ${SHARDS.join(", then ")} ledgers`,
  what: "one ledger, four, and one again, killed -9",
  limitSeconds: 1200,
  options: { rounds: "1" },
  vars: { LEDGER_SHARDS: SHARDS[0] ?? "" },
  run: async (test) => {
    const { server, api, values, say, tried } = test;
    const { created } = await importProducts({
      url: server.url,
      apiKey: server.keys.admin,
      contentType: "application/x-ndjson",
      body: PRODUCT_IDS.map((productId) => JSON.stringify({ productId, name: productId })).join("\n"),
      onResult: () => undefined,
    });
    say(`${created} products are made`);
    await using receiver = await Receiver.start(() => 204);
    const body = { url: receiver.url, productIds: WANTED };
    const hook = await api.read(webhook, "POST /v1/webhooks", { body });
    receiver.secret = hook.secret;
    const follower = new LogSubscriber(server, 1);
    await follower.open();

    let rounds = 0;
    for (const [phase, shards] of SHARDS.entries()) {
      for (let nth = 1; nth <= Number(values["rounds"]); nth += 1) await changeAll(test, (rounds += 1));
      const next = SHARDS[phase + 1];
      if (next === undefined) break;
      const changing = changeAll(test, (rounds += 1));
      await restart(test, follower, { from: shards, to: next });
      await changing;
    }
    const expected = rounds * PRODUCT_IDS.length;
    await checkLog(test, { follower, receiver, hook, expected });
    await checkProducts(test, rounds);
    tried(`${expected} changes`);
    tried(`${SHARDS.length - 1} kills`);
  },
});

/** One unit more of each, all at once; asked again, under the same keys, until all of it is answered. */
async function changeAll({ api, server, say }: Test, round: number): Promise<void> {
  const before = bookNumbers(server.state).newest ?? 0;
  const startedAt = performance.now();
  const requests: Promise<void>[] = [];
  for (let from = 0; from < PRODUCT_IDS.length; from += CHANGES_PER_REQUEST)
    requests.push(changeSome(api, PRODUCT_IDS.slice(from, from + CHANGES_PER_REQUEST), round));
  await Promise.all(requests);
  const ms = Math.round(performance.now() - startedAt);
  const events = (bookNumbers(server.state).newest ?? 0) - before;
  say(`round ${round}: all are answered after ${ms} ms, ${events} events are in the book by then`);
}

async function changeSome(api: ApiClient, productIds: string[], round: number): Promise<void> {
  const operations = productIds.map((productId) => ({
    op: "adjust",
    productId,
    delta: 1,
    type: "receipt",
    reason: "test",
    idempotencyKey: `${productId}-${round}`,
  }));
  for (;;) {
    const answer = await api.ask("POST /v1/inventory/bulk", { body: { operations } }).catch(() => undefined);
    const { data } = bulk.safeParse(answer?.body);
    if (data?.results.every(({ applied }) => applied)) return;
    await sleep(RETRY_MS);
  }
}

async function restart({ server, say }: Test, follower: LogSubscriber, shards: { from: string; to: string }) {
  await sleep(Math.random() * KILL_WITHIN_MS);
  follower.end();
  await server.kill9();
  await server.restart({ vars: { LEDGER_SHARDS: shards.to } });
  await follower.open();
  say(
    `killed in the middle of a round, and ${shards.to} instead of ${shards.from} ledgers; the follower is at ${follower.next}`,
  );
}

interface Followers {
  follower: LogSubscriber;
  receiver: Receiver;
  hook: z.infer<typeof webhook>;
  /** Changes there were. */
  expected: number;
}

async function checkLog(test: Test, { follower, receiver, hook, expected }: Followers): Promise<void> {
  const { server, api, say, expect, find } = test;
  const startedAt = performance.now();
  const isDone = () => {
    const newest = bookNumbers(server.state).newest ?? 0;
    return newest >= expected + EVENTS_WHEN_MADE * PRODUCT_IDS.length && follower.next > newest;
  };
  while (!isDone() && performance.now() - startedAt < CAUGHT_UP_TIMEOUT_MS) await sleep(250);
  say(`the follower had all ${Math.round(performance.now() - startedAt)} ms after the last answer`);
  const events = await readEvents(api);
  const log = new LogCheck(new Set(PRODUCT_IDS));
  for (const event of events) log.add(event);
  find(log.findings);
  const changes = events.filter(({ type }) => type === "stock.adjusted").length;
  expect(changes === expected, `the log has ${changes} changes of ${expected}`);
  find([...follower.findings, ...follower.compare(events)]);
  follower.end();

  const sent = events.filter(
    ({ offset, productId }) => offset >= hook.nextOffset && WANTED.includes(productId),
  );
  while (receiver.accepted.size < sent.length && performance.now() - startedAt < CAUGHT_UP_TIMEOUT_MS)
    await sleep(250);
  find(arrivalFindings("the webhook", receiver, sent));
  const repeats = receiver.attempts - receiver.eventByOffset.size;
  say(`${events.length} events, in order; the webhook was sent ${sent.length} of them, ${repeats} repeated`);
}

/** In the list and, of some, in object, events and rows alike. */
async function checkProducts({ api, say, expect, find }: Test, rounds: number): Promise<void> {
  const listed = await Array.fromAsync(api.pages(stock, "/v1/inventory"));
  const wrong = listed.filter(({ onHand }) => onHand !== rounds);
  expect(
    listed.length === PRODUCT_IDS.length && wrong.length === 0,
    `wrong: ${JSON.stringify(wrong.slice(0, 3))}`,
  );
  const verified = await inParallel(VERIFIED, (id) =>
    api.read(verification, `POST /v1/admin/products/${id}/verify`),
  );
  find(verified.flatMap(({ differences }) => differences.map((one) => JSON.stringify(one))));
  say(`${listed.length} products have ${rounds} units each; ${verified.length} verified`);
}
