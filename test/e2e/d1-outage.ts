/**
 * The book refuses every write for ten seconds while shoppers go on: nobody is refused, and afterwards the
 * book is complete and in order.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { eventFindings, readEvents, verifyFindings, waitForBook } from "./book.mjs";
import { runDrill } from "./drill.mjs";
import { runLoad, unitsById } from "./keyed-load.mjs";

const PRODUCT_IDS = ["OUT-A", "OUT-B", "OUT-C", "OUT-D"];
const STOCK = 1_000_000;
const CONNECTIONS = 8;
const LEAD_MS = 2000;
const OUTAGE_MS = 10_000;
const BOOK_TIMEOUT_MS = 90_000;

const BREAK = `CREATE TRIGGER drill_outage BEFORE INSERT ON events
  BEGIN SELECT RAISE(ABORT, 'Network connection lost.'); END`;
const MEND = "DROP TRIGGER drill_outage";

await runDrill({
  title: `outage: ${CONNECTIONS} connections go on while the book refuses writes for ${OUTAGE_MS / 1000} s`,
  limitSeconds: 240,
  run: async ({ server, api, say, expect, find }) => {
    for (const productId of PRODUCT_IDS) await api.create(productId, STOCK);

    const requests = [];
    const stop = new AbortController();
    const load = runLoad({
      api,
      productIds: PRODUCT_IDS,
      connections: CONNECTIONS,
      name: "outage",
      requests,
      signal: stop.signal,
    });
    await sleep(LEAD_MS);
    const applied = () => requests.filter(({ answer }) => answer?.status < 300).length;

    await server.executeSql(BREAK);
    const atBreak = { applied: applied(), events: (await readEvents(api)).length };
    say(`the book is away, with ${atBreak.events} events in it`);
    await sleep(OUTAGE_MS);
    const atMend = { applied: applied(), events: (await readEvents(api)).length };
    await server.executeSql(MEND);
    say(`the book is back; meanwhile ${atMend.applied - atBreak.applied} requests were applied`);
    expect(
      atMend.events === atBreak.events,
      `the outage was none: the book grew from ${atBreak.events} to ${atMend.events}`,
    );
    expect(atMend.applied > atBreak.applied, "nothing was applied during the outage");
    await sleep(LEAD_MS);
    stop.abort();
    await load;

    for (const { key, answer, failure } of requests) {
      if (!(answer?.status < 300)) find([`${key} was not applied: ${failure ?? JSON.stringify(answer)}`]);
    }
    const { waitedMs, findings } = await waitForBook(api, PRODUCT_IDS, BOOK_TIMEOUT_MS);
    find(findings);
    say(
      `${requests.length} asked, ${applied()} applied; the book had caught up ${waitedMs} ms after the last`,
    );

    const versionById = new Map();
    for (const [productId, { held, confirmed }] of unitsById(requests)) {
      const { body: stock } = await api.get(`/v1/inventory/${productId}`);
      versionById.set(productId, stock.version);
      expect(
        stock.reserved === held && stock.onHand === STOCK - confirmed,
        `${productId}: ${JSON.stringify(stock)}, held ${held}`,
      );
    }
    const events = await readEvents(api);
    find(eventFindings(events, versionById));
    say(`the book: ${events.length} events of ${versionById.size} products`);
    const verified = await verifyFindings(api);
    find(verified.findings);
    say(`verified ${verified.checked} products: ${verified.findings.length} differences`);
  },
});
