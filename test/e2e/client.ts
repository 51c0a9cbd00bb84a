/**
 * The client against the real service, through a proxy that breaks what passes at every point, and over a kill -9: nothing is
 * lost and nothing happens twice. What was acknowledged is counted against what is there at the end.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import {
  ConnectionError,
  createHoldfast,
  type Holdfast,
  type HoldfastOptions,
} from "../../src/client/client.ts";
import { verifyFindings } from "./book-checks.ts";
import { checkLive } from "./client-live.ts";
import { FAULTS, startFaultyProxy, type Fault, type FaultyProxy } from "./faulty-proxy.ts";
import { runTest, type Test } from "./run-test.ts";

const STOCK = 100_000;
/** Shorter than what the machine takes now and then, even: a request given up too early is one more that is sent twice. */
const TIMEOUT_MS = 2500;
const LOAD_MS = 6000;
const CONNECTIONS = 12;
const FAULTY_SHARE = 0.35;
/** Keys whose first try has come. */
const seen = new Set<string>();
const CONNECTS_MS = { minMs: 150, spreadMs: 900 };

await runTest({
  title: "client: every call and every listener, cut, stalled, refused and killed",
  limitSeconds: 90,
  run: async (test) => {
    const { server, say, find } = test;
    const plain = clientOf(server.url, test);
    await using proxy = await startFaultyProxy(server.url, {
      fault: faultOf,
      lastsMs: () => CONNECTS_MS.minMs + Math.random() * CONNECTS_MS.spreadMs,
    });
    await checkEveryFault(test, plain, proxy);
    await using live = await checkLive(test, [server.url, proxy.url].map(listenersAt(test)), plain);
    const load = startLoad(test, proxy);
    await sleep(LOAD_MS);
    await server.kill9();
    await sleep(1000);
    await server.restart();
    say("killed with -9 and back");
    await sleep(LOAD_MS / 2);
    const { acknowledged, again } = await load.stop(plain);
    say(`${acknowledged} holds acknowledged, ${again} of them only when they were asked for again`);
    const { reserved, onHand } = await plain.stock.get("LOAD");
    test.expect(reserved === acknowledged, `${reserved} are reserved, ${acknowledged} were acknowledged`);
    test.expect(onHand === STOCK, `${onHand} are on hand of ${STOCK}`);
    await live.finish();
    find((await verifyFindings(test.api)).findings);
    say([...proxy.countByFault].map(([fault, count]) => `${fault}: ${count}`).join(", "));
    const unseen = [...FAULTS, "stream cut", "socket cut"].filter((fault) => !proxy.countByFault.has(fault));
    test.expect(unseen.length === 0, `never happened: ${unseen.join(", ")}`);
  },
});

function clientOf(baseUrl: string, { server }: Test, more: Partial<HoldfastOptions> = {}): Holdfast {
  return createHoldfast({ baseUrl, key: server.keys.admin, timeoutMs: TIMEOUT_MS, maxRetries: 8, ...more });
}

function listenersAt(test: Test) {
  return (url: string) =>
    (["socket", "stream"] as const).map((transport) => clientOf(url, test, { transport }));
}

/** The key of a call says what befalls its first try; of one of the load anything may befall any. */
function faultOf({ headers }: { headers: NodeJS.Dict<string | string[]> }): Fault | undefined {
  const key = String(headers["idempotency-key"] ?? "");
  if (key.startsWith("load")) return Math.random() < FAULTY_SHARE ? anyFault() : undefined;
  const [wanted = ""] = key.split(":");
  if (seen.has(key)) return undefined;
  seen.add(key);
  return FAULTS.find((fault) => fault === wanted);
}

/** What takes the client its whole patience is rarer. */
function anyFault(): Fault | undefined {
  const fault = FAULTS[Math.floor(Math.random() * FAULTS.length)];
  return fault?.startsWith("stall") && Math.random() < 0.8 ? undefined : fault;
}

/** Each kind of change with each fault: it was made once. */
async function checkEveryFault({ server, expect, say }: Test, plain: Holdfast, proxy: FaultyProxy) {
  await plain.stock.create({ productId: "LOAD", initialQuantity: STOCK });
  const limit = pLimit(CONNECTIONS);
  let retries = 0;
  await limit.map([...FAULTS.entries()], async ([nth, fault]) => {
    const productId = `FAULT-${nth}`;
    const client = createHoldfast({
      baseUrl: proxy.url,
      key: server.keys.admin,
      timeoutMs: TIMEOUT_MS,
      onRetry: () => (retries += 1),
    });
    const as = (name: string) => ({ idempotencyKey: `${fault}:${productId}:${name}` });
    await client.stock.create({ productId, initialQuantity: 100 }, as("create"));
    await client.stock.adjust(productId, { delta: 10, type: "receipt", reason: "delivery" }, as("adjust"));
    const hold = await client.reserve(productId, { quantity: 5 }, as("reserve"));
    await client.reservations.resize(hold.reservationId, 6, as("resize"));
    await client.reservations.extend(hold.reservationId, 1200, as("extend"));
    await client.reservations.confirm(hold.reservationId, { quantity: 4 }, as("confirm"));
    const orderId = `ORDER-${nth}`;
    await client.orders.place({ orderId, lines: [{ productId, quantity: 3 }] }, as("place"));
    await client.orders.confirm(orderId, as("order"));
    await client.products.edit(productId, { attributes: { fault } }, as("edit"));
    const rows = new Blob([`{"productId":"${productId}","name":"imported"}\n`]);
    const imported = await Array.fromAsync(client.products.import(rows, {}, as("import")));
    expect(imported.length === 1, `${fault}: ${imported.length} results of one row`);
    const { onHand, reserved, version } = await plain.stock.get(productId);
    const is = `${onHand} on hand, ${reserved} reserved`;
    // 100 + 10 - 4 sold - 3 sold in the order.
    expect(onHand === 103 && reserved === 0, `${fault}: ${is} at version ${version}`);
    const events = await plain.readEvents({ offset: 1, productId, limit: 1000 });
    const sold = events.events.filter(({ type }) => type === "reservation.confirmed").length;
    expect(sold <= 2, `${fault}: ${sold} sales`);
  });
  say(`${FAULTS.length} faults at ten kinds of change, ${retries} retries`);
  // An import that is cut off goes on by itself, which is no retry of the call.
  expect(retries >= FAULTS.length * 10 - 1, `${retries} retries only`);
}

/** Holds one unit after another until it is stopped; what was never answered is then asked for again, with its key. */
function startLoad(test: Test, proxy: FaultyProxy) {
  const client = clientOf(proxy.url, test, { maxRetries: 2 });
  const stopping = new AbortController();
  const unanswered: string[] = [];
  let acknowledged = 0;
  const connection = async (_: unknown, nth: number) => {
    for (let count = 0; !stopping.signal.aborted; count += 1) {
      const idempotencyKey = `load-${nth}-${count}`;
      try {
        await client.reserve("LOAD", { quantity: 1 }, { idempotencyKey });
        acknowledged += 1;
      } catch (error) {
        const isKnown = error instanceof ConnectionError && error.idempotencyKey === idempotencyKey;
        test.expect(isKnown || isUnavailable(error), `${idempotencyKey}: ${error}`);
        unanswered.push(idempotencyKey);
      }
    }
  };
  const running = Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return {
    stop: async (plain: Holdfast) => {
      stopping.abort();
      await running;
      for (const idempotencyKey of unanswered)
        await plain.reserve("LOAD", { quantity: 1 }, { idempotencyKey });
      return { acknowledged: acknowledged + unanswered.length, again: unanswered.length };
    },
  };
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && "status" in error && error.status === 503;
}
