/**
 * R5, from outside: orders over several products are placed, sold and given back by many while everything is killed with -9, again
 * and again. Whoever got no answer asks again. An order is held whole or not at all and sold whole or not at all, what nobody wants
 * any more is free when its time is over, and the numbers are those of the answers.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { readEvents } from "../../scripts/answers.ts";
import { eventFindings, verifyFindings, waitForBook } from "./book-checks.ts";
import { startConnections } from "./connections.ts";
import { newOrder, type Order } from "./order-client.ts";
import { createProducts, numbered, readStocks } from "./products.ts";
import { runTest, type Test } from "./run-test.ts";

const PLENTY = 100_000;
const PLENTY_IDS = numbered("ORDER", 6);
const SCARCE = "ORDER-SCARCE";
const SCARCE_STOCK = 60;
const PRODUCT_IDS = [...PLENTY_IDS, SCARCE];
const CONNECTIONS = 12;
const LOAD_MIN_MS = 500;
const LOAD_SPREAD_MS = 2000;
const RETRY_MS = 250;
const RETRIES = 120;
const BOOK_TIMEOUT_MS = 60_000;
const EXPIRED_TIMEOUT_MS = 30_000;

await runTest({
  title: `orders: ${CONNECTIONS} connections place, sell and give back orders through kill -9`,
  what: "R5 orders over several products, killed -9",
  limitSeconds: ({ rounds }) => 180 + Number(rounds) * 60,
  options: { rounds: "2" },
  run: async (test) => {
    const { api, say, tried, find, values } = test;
    await createProducts(api, PLENTY_IDS, PLENTY);
    await createProducts(api, [SCARCE], SCARCE_STOCK);
    const orders: Order[] = [];
    for (let round = 1; round <= Number(values["rounds"]); round += 1) {
      const ofThisRound = await loadAndKill(test, round);
      orders.push(...ofThisRound);
      find((await pLimit(CONNECTIONS).map(ofThisRound, (order) => order.findings(api))).flat());
    }
    await checkNumbers(test, orders);
    const count = (state: string) => orders.filter((order) => order.became === state).length;
    const became = ["confirmed", "released", "expired", "refused"].map((state) => `${count(state)} ${state}`);
    say(`${orders.length} orders: ${became.join(", ")}`);
    tried(`${orders.length} orders`);
    tried(`${values["rounds"]} kills`);
  },
});

/** Every order of the round, each at its end. */
async function loadAndKill({ server, api, say, expect }: Test, round: number): Promise<Order[]> {
  const orders: Order[] = [];
  const load = startConnections(CONNECTIONS, async () => {
    const order = newOrder(`O-${round}-${orders.length}`, { plenty: PLENTY_IDS, scarce: SCARCE });
    orders.push(order);
    return order.goOn(api);
  });
  await sleep(LOAD_MIN_MS + Math.random() * LOAD_SPREAD_MS);
  await server.kill9();
  await load.stop();
  const broken = orders.filter(({ isDone }) => !isDone);
  await server.restart();
  await pLimit(CONNECTIONS).map(broken, async (order) => {
    for (let tries = 0; tries < RETRIES && !(await order.goOn(api)); tries += 1) await sleep(RETRY_MS);
    expect(order.isDone, `${order.orderId} could not be brought to its end`);
  });
  say(`round ${round}: ${orders.length} orders, ${broken.length} of them broken off`);
  return orders;
}

/** Once the time of all that was left alone is over. */
async function checkNumbers({ api, find, expect }: Test, orders: readonly Order[]): Promise<void> {
  const soldById = new Map<string, number>();
  for (const { became, lines } of orders)
    for (const { productId, quantity } of became === "confirmed" ? lines : [])
      soldById.set(productId, (soldById.get(productId) ?? 0) + quantity);
  const deadline = performance.now() + EXPIRED_TIMEOUT_MS;
  let stocks = await readStocks(api, PRODUCT_IDS);
  while (performance.now() < deadline && stocks.values().some(({ reserved }) => reserved > 0)) {
    await sleep(RETRY_MS);
    stocks = await readStocks(api, PRODUCT_IDS);
  }
  for (const stock of stocks.values()) {
    const opening = stock.productId === SCARCE ? SCARCE_STOCK : PLENTY;
    const onHand = opening - (soldById.get(stock.productId) ?? 0);
    expect(stock.onHand === onHand && stock.reserved === 0, `${JSON.stringify(stock)}, expected ${onHand}`);
  }
  find((await waitForBook(api, PRODUCT_IDS, BOOK_TIMEOUT_MS)).findings);
  find(eventFindings(await readEvents(api), (await readStocks(api, PRODUCT_IDS)).values()));
  find((await verifyFindings(api)).findings);
}
