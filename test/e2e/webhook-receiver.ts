/**
 * A webhook's receiver that is not to be relied on: it refuses, redirects, stalls, is slow and breaks off,
 * under a steady load and while the whole process group gets -9, once in the middle of a delivery and once
 * while it catches up. In the end every event of the filter has arrived, in order of first arrival, signed;
 * and a receiver beside it, which behaves, was never kept waiting.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { readEvents } from "../../scripts/answers.ts";
import type { ApiClient } from "../../scripts/api-client.ts";
import { startConnections } from "./connections.ts";
import { createProducts } from "./products.ts";
import { arrivalFindings, Receiver, type Reply } from "./receiver.ts";
import { runTest, type Test } from "./run-test.ts";

const PRODUCT_IDS = ["HOOK-A", "HOOK-B", "HOOK-C", "HOOK-D", "HOOK-E"];
const FILTERED_IDS = PRODUCT_IDS.slice(0, 3);
const FILTERED_TYPES = ["stock.adjusted", "reservation.held", "reservation.released"];
const CONNECTIONS = 8;
const PAUSE_MS = 85;
const STALLS = 2;
const SLOW = 20;
const SLOW_MS = 150;
const BROKEN_OFF = 60;
const CAUGHT_UP_TIMEOUT_MS = 90_000;
const POLL_MS = 250;
/** How many looks in a row must find nothing behind. */
const QUIET_LOOKS = 8;
/** What a commit, its update and a delivery may take on a busy machine, where nothing fails. */
const STEADY_DELAY_LIMIT_MS = 5000;

type Webhook = z.infer<typeof webhook>;
const webhook = z.object({ webhookId: z.string(), secret: z.string(), nextOffset: z.number() });
const webhookView = z.object({ behind: z.number() });

await runTest({
  title: `a receiver that fails, stalls and is slow, under ${CONNECTIONS} connections, killed twice`,
  limitSeconds: 300,
  run: async (test) => {
    const { api, say, signal } = test;
    await createProducts(api, PRODUCT_IDS, 1_000_000);
    await using flaky = await Receiver.start(misbehave);
    await using steady = await Receiver.start(() => 204);
    const filter = { productIds: FILTERED_IDS, types: FILTERED_TYPES };
    const first = await register(api, flaky, filter);
    const second = await register(api, steady, {});

    const load = startLoad(api);
    await until(() => flaky.stalled > 0, "the receiver was to stall", signal);
    await killAndRestart(test, "while a delivery stalls");
    steady.servedSinceMs = Date.now();
    await until(() => flaky.accepted.size > SLOW + 10, "the receiver was to catch up", signal);
    await killAndRestart(test, "while it catches up");
    steady.servedSinceMs = Date.now();
    await sleep(3000, undefined, { signal });
    const { changes, seconds } = await load.stop();
    say(`${changes} changes in ${seconds.toFixed(0)} s: ${Math.round(changes / seconds)} a second`);

    await caughtUp(api, [first, second], signal);
    await checkArrivals(test, { flaky, steady, first, second });
  },
});

/** Refuses, leads elsewhere, then stalls, then is slow, then breaks one connection off; then it behaves. */
async function misbehave(receiver: Receiver): Promise<Reply> {
  const nth = receiver.attempts;
  if (nth === 1) return 500;
  // A redirect would lead it back here, where it would count as delivered.
  if (nth === 2) return 307;
  if (receiver.stalled < STALLS && receiver.accepted.size === 0) {
    receiver.stalled += 1;
    return "none";
  }
  if (receiver.accepted.size < SLOW) await sleep(SLOW_MS);
  if (nth === BROKEN_OFF) return "break off";
  return nth % 100 === 0 ? 503 : 200;
}

async function register(api: ApiClient, receiver: Receiver, filter: object): Promise<Webhook> {
  const made = await api.read(webhook, "POST /v1/webhooks", { body: { url: receiver.url, ...filter } });
  receiver.secret = made.secret;
  return made;
}

/** Adjusts and holds without end; what a dying server does not answer is not counted. */
function startLoad(api: ApiClient) {
  let asked = 0;
  let changes = 0;
  const connections = startConnections(CONNECTIONS, async (nth) => {
    const path = `POST /v1/inventory/${PRODUCT_IDS[nth % PRODUCT_IDS.length]}`;
    const adjust = { delta: 1, type: "receipt", reason: "test" };
    try {
      if (asked++ % 3 === 0) await api.call(`${path}/reserve`, { body: { quantity: 1 } });
      else await api.call(`${path}/adjust`, { body: adjust });
      changes += 1;
    } catch {
      await sleep(200);
    }
    await sleep(PAUSE_MS);
  });
  return { stop: async () => ({ seconds: await connections.stop(), changes }) };
}

async function killAndRestart({ server, say }: Test, when: string): Promise<void> {
  await server.kill9();
  const killedAt = performance.now();
  await server.restart();
  say(`killed ${when}; back after ${Math.round(performance.now() - killedAt)} ms`);
}

async function until(
  condition: () => boolean | Promise<boolean>,
  otherwise: string,
  signal: AbortSignal,
): Promise<void> {
  for (let waitedMs = 0; !(await condition()); waitedMs += POLL_MS) {
    if (waitedMs > CAUGHT_UP_TIMEOUT_MS) throw new Error(`not in time: ${otherwise}`);
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** The events of the last changes are in the book, and no webhook is behind, for some time. */
async function caughtUp(api: ApiClient, webhooks: Webhook[], signal: AbortSignal): Promise<void> {
  let quiet = 0;
  const isQuiet = async () => {
    const views = await Promise.all(
      webhooks.map(({ webhookId }) => api.read(webhookView, `GET /v1/webhooks/${webhookId}`)),
    );
    quiet = views.every(({ behind }) => behind === 0) ? quiet + 1 : 0;
    return quiet >= QUIET_LOOKS;
  };
  await until(isQuiet, "the webhooks were to catch up", signal);
}

interface Arrivals {
  flaky: Receiver;
  steady: Receiver;
  first: Webhook;
  second: Webhook;
}

async function checkArrivals(
  { api, say, expect, find }: Test,
  { flaky, steady, first, second }: Arrivals,
): Promise<void> {
  const events = await readEvents(api);
  const sent = (from: Webhook) => events.filter(({ offset }) => offset >= from.nextOffset);
  const wanted = sent(first).filter(
    ({ type, productId }) => FILTERED_TYPES.includes(type) && FILTERED_IDS.includes(productId),
  );
  find(arrivalFindings("the filtered one", flaky, wanted));
  find(arrivalFindings("the steady one", steady, sent(second)));
  find(events.flatMap(({ type, id }) => (type === "webhook.disabled" ? [`${id} is in the book`] : [])));
  expect(flaky.attempts > flaky.accepted.size, "nothing was ever sent again");
  const { medianMs, slowestMs } = steady.delays();
  expect(slowestMs < STEADY_DELAY_LIMIT_MS, `the steady one waited ${slowestMs} ms for an event`);
  for (const [name, { accepted, attempts, eventByOffset }] of Object.entries({ flaky, steady })) {
    const repeats = attempts - eventByOffset.size;
    say(`${name}: ${accepted.size} delivered, ${repeats} repeats, ${attempts} attempts`);
  }
  say(`the steady one had an event after ${medianMs} ms (median), ${slowestMs} ms at most`);
}
