/** Many hands, one product: exactly as many holds as there is stock, the rest refused, nothing fails. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { readEvents, reservation } from "../../scripts/answers.ts";
import { eventFindings, verifyFindings, waitForBook } from "./book-checks.ts";
import { startConnections } from "./connections.ts";
import { createProducts, readStock } from "./products.ts";
import { runTest } from "./run-test.ts";

const PRODUCT_ID = "HOT-1";
const STOCK = 500;
const CONNECTIONS = 50;
const SECONDS = 10;
const BOOK_TIMEOUT_MS = 30_000;

const refusal = z.object({ code: z.string() });

await runTest({
  title: `hot stock: ${CONNECTIONS} connections reserve 1 of ${STOCK} each for ${SECONDS} s`,
  what: "many hands on one product",
  limitSeconds: 150,
  run: async ({ api, say, tried, expect, find }) => {
    await createProducts(api, [PRODUCT_ID], STOCK);

    const countByStatus = new Map<number, number>();
    const holds = new Set<string>();
    let asked = 0;
    const load = startConnections(CONNECTIONS, async () => {
      const key = `hot-${++asked}`;
      const body = { quantity: 1, orderId: key };
      const answer = await api.ask(`POST /v1/inventory/${PRODUCT_ID}/reserve`, { body, key });
      countByStatus.set(answer.status, (countByStatus.get(answer.status) ?? 0) + 1);
      if (answer.status === 201) holds.add(reservation.parse(answer.body).reservationId);
      else if (refusal.safeParse(answer.body).data?.code !== "insufficient_stock")
        find([`${key}: ${JSON.stringify(answer)}`]);
    });
    await sleep(SECONDS * 1000);
    await load.stop();
    say(`${asked} asked: ${[...countByStatus].map(([status, count]) => `${status} x ${count}`).join(", ")}`);

    tried(`${asked} requests for ${STOCK} units`);
    const held = countByStatus.get(201) ?? 0;
    expect(asked > STOCK, `only ${asked} were asked for: too few to run out`);
    expect(
      held === STOCK && holds.size === STOCK,
      `${held} holds were answered, ${holds.size} different ones`,
    );
    expect(held + (countByStatus.get(409) ?? 0) === asked, "something other than 201 and 409 was answered");

    const { waitedMs, findings } = await waitForBook(api, [PRODUCT_ID], BOOK_TIMEOUT_MS);
    find(findings);
    say(`the book had caught up after ${waitedMs} ms`);

    const stock = await readStock(api, PRODUCT_ID);
    expect(
      stock.onHand === STOCK && stock.reserved === STOCK && stock.available === 0,
      `the object says ${JSON.stringify(stock)}`,
    );
    const listed = await Array.fromAsync(api.pages(reservation, `/v1/reservations?productId=${PRODUCT_ID}`));
    const inBook = new Set(listed.map(({ reservationId }) => reservationId));
    expect(
      inBook.symmetricDifference(holds).size === 0,
      `the book has ${inBook.size} holds, ${STOCK} were answered`,
    );

    const events = await readEvents(api);
    find(eventFindings(events, [stock]));
    const heldEvents = events.filter(({ type }) => type === "reservation.held").length;
    expect(heldEvents === STOCK, `the book has ${heldEvents} reservation.held events`);
    say(`the object: ${stock.reserved} reserved of ${stock.onHand}, version ${stock.version}`);
    find((await verifyFindings(api)).findings);
    say(`the book: ${inBook.size} holds, ${events.length} events`);
  },
});
