/**
 * The memory of the service over a long, steady load with orders. What is alive in the Worker's isolate, all objects included, stays
 * the same: objects that nobody asks are put away. How much its process has is shown, not judged: nearly all of that is outside of
 * the isolate, a quarter of a MiB for each object that ever was, which the local runtime gives back late and in large pieces.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { reservation } from "../../scripts/answers.ts";
import { freePort } from "../../scripts/wrangler.ts";
import type { ApiClient } from "../../scripts/api-client.ts";
import { verifyFindings, waitForBook } from "./book-checks.ts";
import { startConnections } from "./connections.ts";
import { aliveMib, processMib } from "./server-memory.ts";
import { createProducts, numbered } from "./products.ts";
import { runTest } from "./run-test.ts";

const PRODUCT_IDS = numbered("MEM", 50);
const STOCK = 10_000_000;
const CONNECTIONS = 12;
const SAMPLES = 24;
/** What is alive is counted at each of these samples: everything is collected then. */
const COUNTED_EVERY = 4;
/** What is alive may come and go by so much. */
const NOISE_MIB = 8;
/** By so much the last third may be above the one before, in what they have most. */
const MAX_LATE_SHARE = 0.1;
const BOOK_TIMEOUT_MS = 120_000;

const INSPECTOR_PORT = await freePort("127.0.0.1");

await runTest({
  title: "memory: a long and steady load of holds, orders and reads",
  what: "memory of workerd under a steady load",
  limitSeconds: ({ seconds }) => 240 + Number(seconds),
  inspectorPort: INSPECTOR_PORT,
  options: { seconds: "600", rate: "100" },
  run: async ({ server, api, values, say, tried, find, expect }) => {
    await createProducts(api, PRODUCT_IDS, STOCK);
    const seconds = Number(values["seconds"]);
    const load = startLoad(api, Number(values["rate"]));
    const samples: number[] = [];
    const alive: number[] = [];
    for (let nth = 0; nth <= SAMPLES; nth += 1) {
      const [mib = 0, proxy = 0] = await processMib(server.processGroup);
      samples.push(mib);
      if (nth % COUNTED_EVERY === 0) alive.push(await aliveMib(INSPECTOR_PORT));
      const { requests, orders } = load.counts;
      say(
        `${requests} requests, ${orders} orders: ${mib} MiB, ${alive.at(-1)} alive (and a proxy of ${proxy})`,
      );
      if (nth < SAMPLES) await sleep((seconds * 1000) / SAMPLES);
    }
    find(await load.stop());
    const curve = samples.filter((_, nth) => nth % COUNTED_EVERY === 0).join(", ");
    expect(staysWithin(alive), `it goes on growing: ${alive.join(", ")} MiB`);
    find((await waitForBook(api, PRODUCT_IDS, BOOK_TIMEOUT_MS)).findings);
    find((await verifyFindings(api)).findings);
    tried(`${load.counts.requests} requests with ${load.counts.orders} orders`);
    tried(`${alive.join(", ")} MiB alive in a process of ${curve}`);
  },
});

function staysWithin(mib: readonly number[]): boolean {
  const third = Math.floor(mib.length / 3);
  const [before, late] = [Math.max(...mib.slice(third, -third)), Math.max(...mib.slice(-third))];
  return late <= before * (1 + MAX_LATE_SHARE) + NOISE_MIB;
}

/** Each step is a hold that is sold, an order over three products that is sold, and what a shopper reads before. */
function startLoad(api: ApiClient, rate: number) {
  const counts = { requests: 0, orders: 0 };
  const failures: string[] = [];
  const startedAt = performance.now();
  const ask = async (request: string, body?: object) => {
    const nth = (counts.requests += 1);
    await sleep(Math.max(0, (nth * 1000) / rate - (performance.now() - startedAt)));
    const answer = await api.ask(request, body && { body, key: `mem-${nth}` });
    if (answer.status >= 300) failures.push(`${request}: ${JSON.stringify(answer)}`);
    return answer.body;
  };
  const connections = startConnections(CONNECTIONS, async () => {
    const [one = "", two = "", three = ""] = PRODUCT_IDS.toSorted(() => Math.random() - 0.5);
    await ask(`GET /v1/products/${one}`);
    await ask(`GET /v1/inventory/${one}`);
    const hold = reservation.safeParse(await ask(`POST /v1/inventory/${one}/reserve`, { quantity: 1 })).data;
    if (hold) await ask(`POST /v1/reservations/${hold.reservationId}/confirm`, {});
    const orderId = `mem-${(counts.orders += 1)}`;
    const lines = [one, two, three].map((productId) => ({ productId, quantity: 1 }));
    await ask("POST /v1/reservations", { orderId, lines });
    await ask("POST /v1/reservations/confirm", { orderId });
  });
  return { counts, stop: async () => connections.stop().then(() => failures) };
}
