/**
 * The memory of the service over a long, steady load with orders: it grows at first, by objects and caches, and then stays. Each of
 * the server's processes is shown with what it has, again and again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { reservation } from "../../scripts/answers.ts";
import type { ApiClient } from "../../scripts/api-client.ts";
import { verifyFindings, waitForBook } from "./book-checks.ts";
import { startConnections } from "./connections.ts";
import { workerdMemory } from "./process-memory.ts";
import { createProducts, numbered } from "./products.ts";
import { runTest } from "./run-test.ts";

const PRODUCT_IDS = numbered("MEM", 50);
const STOCK = 10_000_000;
const CONNECTIONS = 12;
const SAMPLES = 24;
/** By so much the most of the last third may be above the most of the one before. */
const MAX_LATE_SHARE = 0.1;
const BOOK_TIMEOUT_MS = 120_000;

await runTest({
  title: "memory: a long and steady load of holds, orders and reads",
  what: "memory of workerd under a steady load",
  limitSeconds: ({ seconds }) => 240 + Number(seconds),
  options: { seconds: "600", rate: "100" },
  run: async ({ server, api, values, say, tried, find, expect }) => {
    await createProducts(api, PRODUCT_IDS, STOCK);
    const seconds = Number(values["seconds"]);
    const load = startLoad(api, Number(values["rate"]));
    const samples: number[] = [];
    for (let nth = 0; nth <= SAMPLES; nth += 1) {
      const processes = await workerdMemory(server.processGroup);
      const mib = Math.max(...processes);
      samples.push(mib);
      say(`${load.counts.requests} requests, ${load.counts.orders} orders: ${processes.join(" + ")} MiB`);
      if (nth < SAMPLES) await sleep((seconds * 1000) / SAMPLES);
    }
    find(await load.stop());
    // Peaks, as it falls with each large collection of garbage.
    const third = SAMPLES / 3;
    const before = Math.max(...samples.slice(third, 2 * third));
    const last = Math.max(...samples.slice(-third));
    const curve = samples.filter((_, nth) => nth % 4 === 0).join(", ");
    expect(last <= before * (1 + MAX_LATE_SHARE), `it goes on growing: ${curve} MiB`);
    find((await waitForBook(api, PRODUCT_IDS, BOOK_TIMEOUT_MS)).findings);
    find((await verifyFindings(api)).findings);
    tried(`${load.counts.requests} requests with ${load.counts.orders} orders`);
    tried(`${curve} MiB`);
  },
});

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
