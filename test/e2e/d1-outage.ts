/**
 * The book refuses every write for ten seconds while shoppers go on: nobody is refused, and afterwards the
 * book is complete and in order.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { readEvents } from "../../scripts/answers.ts";
import { breakBook, mendBook } from "../recorded/state-files.ts";
import { eventFindings, verifyFindings, waitForBook } from "./book-checks.ts";
import { notApplied, startLoad, unitsById } from "./keyed-load.ts";
import { createProducts, readStocks } from "./products.ts";
import { runTest } from "./run-test.ts";

const PRODUCT_IDS = ["OUT-A", "OUT-B", "OUT-C", "OUT-D"];
const STOCK = 1_000_000;
const CONNECTIONS = 8;
const LEAD_MS = 2000;
const BOOK_TIMEOUT_MS = 90_000;

await runTest({
  title: `outage: ${CONNECTIONS} connections go on while the book refuses writes`,
  what: "R4 D1 refuses writes",
  limitSeconds: ({ seconds }) => 240 + 2 * Number(seconds),
  options: { seconds: "10" },
  run: async ({ server, api, values, say, tried, expect, find }) => {
    await createProducts(api, PRODUCT_IDS, STOCK);
    const load = startLoad(api, { productIds: PRODUCT_IDS, connections: CONNECTIONS, name: "outage" });
    await sleep(LEAD_MS);
    const counts = async () => ({
      applied: load.requests.filter(({ applied }) => applied).length,
      events: (await readEvents(api)).length,
    });

    breakBook(server.state);
    const atBreak = await counts();
    say(`the book is away, with ${atBreak.events} events in it`);
    await sleep(Number(values["seconds"]) * 1000);
    const atMend = await counts();
    mendBook(server.state);
    say(`the book is back; meanwhile ${atMend.applied - atBreak.applied} requests were applied`);
    expect(
      atMend.events === atBreak.events,
      `the outage was none: the book grew from ${atBreak.events} to ${atMend.events}`,
    );
    expect(atMend.applied > atBreak.applied, "nothing was applied during the outage");
    await sleep(LEAD_MS);
    await load.stop();

    find(notApplied(load.requests));
    const { waitedMs, findings } = await waitForBook(api, PRODUCT_IDS, BOOK_TIMEOUT_MS);
    find(findings);
    say(`${load.requests.length} asked; the book had caught up ${waitedMs} ms after the last`);

    const stocks = await readStocks(api, PRODUCT_IDS);
    for (const [productId, { held, confirmed }] of unitsById(load.requests)) {
      const stock = stocks.get(productId);
      expect(
        stock?.reserved === held && stock.onHand === STOCK - confirmed,
        `${productId}: ${JSON.stringify(stock)}, held ${held}`,
      );
    }
    const events = await readEvents(api);
    find(eventFindings(events, stocks.values()));
    say(`the book: ${events.length} events of ${stocks.size} products`);
    const verified = await verifyFindings(api);
    find(verified.findings);
    say(`verified ${verified.checked} products: ${verified.findings.length} differences`);
    tried(`${values["seconds"]} s`);
    tried(`${load.requests.length} requests`);
  },
});
