/** Many hands, one product: exactly as many holds as there is stock, the rest refused, nothing fails. */
import { eventFindings, readEvents, verifyFindings, waitForBook } from "./book.mjs";
import { runDrill } from "./drill.mjs";

const PRODUCT_ID = "HOT-1";
const STOCK = 500;
const CONNECTIONS = 50;
const SECONDS = 10;
const BOOK_TIMEOUT_MS = 30_000;

await runDrill({
  title: `hot stock: ${CONNECTIONS} connections reserve 1 of ${STOCK} each for ${SECONDS} s`,
  limitSeconds: 150,
  run: async ({ api, say, expect, find }) => {
    await api.create(PRODUCT_ID, STOCK);

    const countByStatus = new Map();
    const holds = new Set();
    const until = performance.now() + SECONDS * 1000;
    let asked = 0;
    const buyer = async () => {
      while (performance.now() < until) {
        const order = `hot-${++asked}`;
        const body = { quantity: 1, orderId: order };
        const answer = await api.post(`/v1/inventory/${PRODUCT_ID}/reserve`, body, order);
        countByStatus.set(answer.status, (countByStatus.get(answer.status) ?? 0) + 1);
        if (answer.status === 201) holds.add(answer.body.reservationId);
        else if (answer.body.code !== "insufficient_stock")
          find([`${order}: ${answer.status} ${JSON.stringify(answer.body)}`]);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, buyer));
    say(`${asked} asked: ${[...countByStatus].map(([status, count]) => `${status} x ${count}`).join(", ")}`);

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

    const { body: stock } = await api.get(`/v1/inventory/${PRODUCT_ID}`);
    expect(
      stock.onHand === STOCK && stock.reserved === STOCK && stock.available === 0,
      `the object says ${JSON.stringify(stock)}`,
    );
    const inBook = new Set();
    for await (const { reservationId } of api.pages(`/v1/reservations?productId=${PRODUCT_ID}`))
      inBook.add(reservationId);
    expect(
      inBook.symmetricDifference(holds).size === 0,
      `the book has ${inBook.size} holds, ${STOCK} were answered`,
    );

    const events = await readEvents(api);
    find(eventFindings(events, new Map([[PRODUCT_ID, stock.version]])));
    const heldEvents = events.filter(({ type }) => type === "reservation.held").length;
    expect(heldEvents === STOCK, `the book has ${heldEvents} reservation.held events`);
    say(`the object: ${stock.reserved} reserved of ${stock.onHand}, version ${stock.version}`);
    find((await verifyFindings(api)).findings);
    say(`the book: ${inBook.size} holds, ${events.length} events`);
  },
});
