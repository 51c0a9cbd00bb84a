/**
 * A webhook's receiver that is not to be relied on: it refuses, redirects, stalls, is slow and breaks off, under a steady load and while
 * the whole process group gets -9, once in the middle of a delivery and once while it catches up. In the end every event of
 * the filter has arrived, in order of first arrival, signed; and a receiver beside it, which behaves, was never kept waiting.
 */
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Webhook } from "standardwebhooks";
import { readEvents } from "./book.mjs";
import { runDrill } from "./drill.mjs";

const PRODUCT_IDS = ["HOOK-A", "HOOK-B", "HOOK-C", "HOOK-D", "HOOK-E"];
const FILTERED_IDS = PRODUCT_IDS.slice(0, 3);
const FILTERED_TYPES = ["stock.adjusted", "reservation.held", "reservation.released"];
const CONNECTIONS = 8;
const PAUSE_MS = 85;
const SLOW = 20;
const SLOW_MS = 150;
const BROKEN_OFF = 60;
const CAUGHT_UP_TIMEOUT_MS = 90_000;
const POLL_MS = 250;
/** What a commit, its news and a delivery may take on a busy machine, where nothing fails. */
const STEADY_DELAY_LIMIT_MS = 5000;

await runDrill({
  title: `a receiver that fails, stalls and is slow, under ${CONNECTIONS} connections, killed twice`,
  limitSeconds: 300,
  run: async (drill) => {
    const { api, say, expect, find, signal } = drill;
    for (const productId of PRODUCT_IDS) await api.create(productId, 1_000_000);
    const flaky = await startReceiver(misbehave);
    const steady = await startReceiver(() => 204);
    try {
      const filter = { productIds: FILTERED_IDS, types: FILTERED_TYPES };
      const first = await register(api, flaky, filter);
      const second = await register(api, steady, {});

      const load = startLoad(api, signal);
      await until(() => flaky.stalled > 0, "the receiver was to stall", signal);
      await killAndRestart(drill, "while a delivery stalls");
      steady.servedSince = Date.now();
      await until(() => flaky.accepted.size > SLOW + 10, "the receiver was to catch up", signal);
      await killAndRestart(drill, "while it catches up");
      steady.servedSince = Date.now();
      await sleep(3000, undefined, { signal });
      const { changes, seconds } = await load.stop();
      say(`${changes} changes in ${seconds.toFixed(0)} s: ${Math.round(changes / seconds)} a second`);

      await caughtUp(api, [first, second], signal);
      const events = await readEvents(api);
      const wanted = ({ type, productId }) =>
        FILTERED_TYPES.includes(type) && FILTERED_IDS.includes(productId);
      const sent = (from) => events.filter(({ offset }) => offset >= from.nextOffset);
      find(arrivalFindings("the filtered one", flaky, sent(first).filter(wanted)));
      find(arrivalFindings("the steady one", steady, sent(second)));
      find(events.flatMap(({ type, id }) => (type === "webhook.disabled" ? [`${id} is in the book`] : [])));
      expect(flaky.attempts > flaky.accepted.size, "nothing was ever sent again");
      expect(
        steady.slowestMs < STEADY_DELAY_LIMIT_MS,
        `the steady one waited ${steady.slowestMs} ms for an event`,
      );
      for (const [name, one] of Object.entries({ flaky, steady })) {
        const repeats = one.attempts - one.firstOffsets.length;
        say(`${name}: ${one.accepted.size} delivered, ${repeats} repeats, ${one.attempts} attempts`);
      }
      say(
        `the steady one had an event after ${steady.medianMs()} ms (median), ${steady.slowestMs} ms at most`,
      );
    } finally {
      flaky.close();
      steady.close();
    }
  },
});

/** Refuses, leads elsewhere, then stalls, then is slow, then breaks one connection off; then it behaves. */
async function misbehave(receiver, response) {
  const nth = receiver.attempts;
  if (nth === 1) return 500;
  // A redirect would lead it back here, where it would count as delivered.
  if (nth === 2) return 307;
  if (receiver.stalled < 2 && receiver.accepted.size === 0) {
    receiver.stalled += 1;
    return null;
  }
  if (receiver.accepted.size < SLOW) await sleep(SLOW_MS);
  if (nth === BROKEN_OFF) response.destroy();
  return nth % 100 === 0 ? 503 : 200;
}

/** `answer` says the status; null: none at all. */
async function startReceiver(answer) {
  const receiver = {
    secret: "",
    attempts: 0,
    stalled: 0,
    findings: [],
    /** In order of first arrival. */
    firstOffsets: [],
    dataByOffset: new Map(),
    accepted: new Set(),
    slowestMs: 0,
    delaysMs: [],
    /** Events from before this moment had to wait for a start. */
    servedSince: Date.now(),
    medianMs: () => receiver.delaysMs.toSorted((a, b) => a - b)[Math.floor(receiver.delaysMs.length / 2)],
  };
  const server = createServer(async (request, response) => {
    let text = "";
    try {
      for await (const chunk of request.setEncoding("utf8")) text += chunk;
    } catch {
      // Cut off in the middle of a message, by a kill: it did not arrive.
      return;
    }
    receiver.attempts += 1;
    arrived(receiver, request.headers, text);
    const status = await answer(receiver, response);
    if (status === null || response.destroyed) return;
    if (status < 300) receiver.accepted.add(JSON.parse(text).data.offset);
    const headers = status === 307 ? { Location: receiver.url } : {};
    response.writeHead(status, headers).end("ignored");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${port}/in`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
}

function arrived(receiver, headers, text) {
  const { type, timestamp, data } = JSON.parse(text);
  try {
    new Webhook(receiver.secret).verify(text, headers);
  } catch (error) {
    receiver.findings.push(`offset ${data.offset} is not signed: ${error.message}`);
  }
  if (headers["webhook-id"] !== `evt_${data.offset}` || type !== data.type || timestamp !== data.at)
    receiver.findings.push(`offset ${data.offset} came as ${headers["webhook-id"]}, ${type}, ${timestamp}`);
  if (receiver.dataByOffset.has(data.offset)) return;
  receiver.dataByOffset.set(data.offset, data);
  receiver.firstOffsets.push(data.offset);
  if (Date.parse(data.at) < receiver.servedSince) return;
  const delayMs = Date.now() - Date.parse(data.at);
  receiver.delaysMs.push(delayMs);
  receiver.slowestMs = Math.max(receiver.slowestMs, delayMs);
}

async function register(api, receiver, filter) {
  const { status, body } = await api.post("/v1/webhooks", { url: receiver.url, ...filter });
  if (status !== 201) throw new Error(`a webhook was answered ${status}: ${JSON.stringify(body)}`);
  receiver.secret = body.secret;
  return { webhookId: body.webhookId, nextOffset: body.nextOffset };
}

/** Adjusts and holds without end; what a dying server does not answer is not counted. */
function startLoad(api, signal) {
  const startedAt = performance.now();
  const stopping = new AbortController();
  let changes = 0;
  const connection = async (nth) => {
    const productId = PRODUCT_IDS[nth % PRODUCT_IDS.length];
    for (let turn = 0; !stopping.signal.aborted && !signal.aborted; turn += 1) {
      const path = `/v1/inventory/${productId}`;
      const adjust = { delta: 1, type: "receipt", reason: "drill" };
      try {
        const { status } = await (turn % 3 === 0
          ? api.post(`${path}/reserve`, { quantity: 1 })
          : api.post(`${path}/adjust`, adjust));
        if (status < 300) changes += 1;
      } catch {
        await sleep(200);
      }
      await sleep(PAUSE_MS);
    }
  };
  const ended = Promise.all(Array.from({ length: CONNECTIONS }, (_, nth) => connection(nth)));
  return {
    stop: async () => {
      stopping.abort();
      const seconds = (performance.now() - startedAt) / 1000;
      await ended;
      return { changes, seconds };
    },
  };
}

async function killAndRestart({ server, say }, when) {
  await server.kill9();
  const killedAt = performance.now();
  await server.restart();
  say(`killed ${when}; back after ${Math.round(performance.now() - killedAt)} ms`);
}

async function until(condition, otherwise, signal) {
  for (let waitedMs = 0; !condition(); waitedMs += POLL_MS) {
    if (waitedMs > CAUGHT_UP_TIMEOUT_MS) throw new Error(`not in time: ${otherwise}`);
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** The events of the last changes are in the book, and no webhook is behind, for some time. */
async function caughtUp(api, webhooks, signal) {
  let quiet = 0;
  for (let waitedMs = 0; quiet < 8; waitedMs += POLL_MS) {
    if (waitedMs > CAUGHT_UP_TIMEOUT_MS) throw new Error("the webhooks did not catch up");
    await sleep(POLL_MS, undefined, { signal });
    const views = await Promise.all(webhooks.map(({ webhookId }) => api.get(`/v1/webhooks/${webhookId}`)));
    quiet = views.every(({ body }) => body.behind === 0) ? quiet + 1 : 0;
  }
}

function arrivalFindings(name, receiver, events) {
  const { findings, firstOffsets, dataByOffset, accepted } = receiver;
  const found = findings.map((finding) => `${name}: ${finding}`);
  if (
    !isDeepStrictEqual(
      firstOffsets,
      events.map(({ offset }) => offset),
    )
  )
    found.push(
      `${name}: ${firstOffsets.length} events first arrived in another order than the log's ${events.length}`,
    );
  for (const event of events) {
    if (!accepted.has(event.offset)) found.push(`${name}: offset ${event.offset} was never taken`);
    if (!isDeepStrictEqual(dataByOffset.get(event.offset), event))
      found.push(`${name}: offset ${event.offset} differs from the log's`);
  }
  return found;
}
