/**
 * Concurrent histories are linearizable: clients reserve, confirm, release, receive and read the same few products at once, some
 * answers are lost on the way, and everything is killed with -9 in the middle. Then, product by product, there must be an order of
 * all calls that explains every answer.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { checkLinearizable } from "../linearizability/checker.ts";
import { stockModel } from "../linearizability/stock-model.ts";
import { verifyFindings } from "./book-checks.ts";
import { runTest, type Test } from "./run-test.ts";
import { CLIENTS_PER_PRODUCT, killed, StockClients, type SharedProduct } from "./stock-clients.ts";

const INITIAL = 12;
const ROUND_MS = 3000;
const SHOWN_CALLS = 12;

await runTest({
  title: `are ${CLIENTS_PER_PRODUCT} clients a product linearizable, through cut connections and kill -9?`,
  what: "R2 concurrent histories, linearizable",
  limitSeconds: ({ rounds }) => 90 + Number(rounds) * 60,
  options: { rounds: "2", products: "3" },
  run: async (test) => {
    const { api, say, tried, values, server, find } = test;
    const products: SharedProduct[] = [];
    for (let n = 1; n <= Number(values["products"]); n += 1) {
      const productId = `LINEAR-${n}`;
      await api.call("POST /v1/inventory", { body: { productId, initialQuantity: INITIAL } });
      products.push({ productId, history: [], holds: [], lost: [] });
    }
    for (let round = 1; round <= Number(values["rounds"]); round += 1) {
      const shop = new StockClients(test, products, `r${round}`);
      const working = shop.work();
      await sleep(ROUND_MS);
      await server.kill9();
      const deadAt = performance.now();
      const restarting = server.restart();
      shop.stop();
      await restarting;
      await working;
      for (const product of products) killed(product, deadAt);
      say(`round ${round}: ${products.map(({ history }) => history.length).join(", ")} calls so far`);
    }
    const end = new StockClients(test, products, "end");
    for (const product of products) await end.call(product, { kind: "read" });
    find((await verifyFindings(api)).findings);
    for (const product of products) check(test, product);
    const calls = products.flatMap(({ history }) => history);
    tried(`${calls.length} calls`);
    tried(`${calls.filter(({ answer }) => answer === undefined).length} without an answer`);
    tried(`${values["rounds"]} kills`);
  },
});

function check({ say, expect }: Test, { productId, history }: SharedProduct): void {
  const startedAt = performance.now();
  const verdict = checkLinearizable(history, stockModel(INITIAL, history));
  const lost = history.filter(({ answer }) => answer === undefined).length;
  const refused = history.filter(({ answer }) => answer?.kind === "short").length;
  const ms = Math.round(performance.now() - startedAt);
  say(
    `${productId}: ${history.length} calls, ${lost} without an answer, ${refused} refused for want of stock; ` +
      `${verdict.tried} steps tried in ${ms} ms`,
  );
  expect(
    lost > 0 && refused > 0,
    `${productId}: nothing was lost, or nothing was scarce: the test shows little`,
  );
  if (verdict.linearizable) return;
  const { stuckAt, undecided } = verdict;
  const near = history
    .filter((one) => one.calledAt < stuckAt.answeredAt && one.answeredAt > stuckAt.calledAt)
    .slice(0, SHOWN_CALLS);
  expect(
    false,
    `${productId} is not linearizable${undecided ? ", or too hard to say" : ""}: ${JSON.stringify({ stuckAt, near })}`,
  );
}
