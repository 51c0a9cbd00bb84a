/** CASES, "Events, live, low stock": the book as it grows, over sockets, streams and long polls. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  call,
  events,
  expectProblem,
  expectStatus,
  history,
  hold,
  newProduct,
  receive,
  sleep,
  type EventPage,
} from "./api";
import { listen, offsetsOf, stream, until } from "./live-client";

/** The hub of followers forgets all but its sockets, if it is awake. */
async function sleepNow(): Promise<void> {
  await evictDurableObject(env.HUB.getByName("events:0")).catch(() => undefined);
}

describe("the live book", () => {
  it("B-16: a follower that returns with its offset gets all from there, each once, and goes live", async () => {
    const productId = await newProduct(1000);
    await history(productId);
    const first = await listen("/v1/inventory/events/live?offset=1");
    await until(() => expect(first.told.at(-1)?.event.productId).toBe(productId));
    const next = (offsetsOf(first.told).at(-1) ?? 0) + 1;
    first.close();
    await first.closed;
    for (let i = 0; i < 5; i += 1) await hold(productId, 1);
    await history(productId);
    const second = await listen(`/v1/inventory/events/live?offset=${next}`);
    await Promise.all(Array.from({ length: 20 }, () => hold(productId, 1)));
    const all = await history(productId);
    const end = all.at(-1)?.offset ?? 0;
    await until(() => expect(offsetsOf(second.told).at(-1)).toBe(end));
    expect(offsetsOf(second.told)).toEqual(Array.from({ length: end - next + 1 }, (_, i) => next + i));
    expect(second.told.map(({ event }) => event)).toEqual(await events({}, next));
  });

  it("over the hub's sleep every event comes once, in order", async () => {
    const productId = await newProduct(1000);
    await history(productId);
    const client = await listen("/v1/inventory/events/live");
    await hold(productId, 1);
    await until(() => expect(client.told.length).toBeGreaterThan(0));
    for (let i = 0; i < 5; i += 1) {
      await sleepNow();
      await hold(productId, 1);
      await sleep(i * 40);
      await hold(productId, 1);
    }
    const end = (await history(productId)).at(-1)?.offset ?? 0;
    await until(() => expect(offsetsOf(client.told).at(-1)).toBe(end));
    const start = offsetsOf(client.told)[0] ?? 0;
    expect(offsetsOf(client.told)).toEqual(Array.from({ length: end - start + 1 }, (_, i) => start + i));
  });

  it("follows the book from where it broke off", async () => {
    const productId = await newProduct(3);
    await history(productId);
    const first = await stream("/v1/inventory/events/live");
    await until(() => expect(first.messages.some(({ id }) => id !== undefined)).toBe(true));
    await receive(productId, 1);
    await until(() => expect(first.messages.some(({ event }) => event === "event")).toBe(true));
    const last = first.messages.at(-1);
    expect(last?.id).toBe(String(last?.data?.offset));
    expect(last?.data?.event).toEqual((await events({ productId })).at(-1));
    await first.stop();
    await receive(productId, 2);
    await history(productId);
    const second = await stream("/v1/inventory/events/live", { "Last-Event-ID": last?.id ?? "" });
    await until(() => expect(second.messages.some(({ event }) => event === "event")).toBe(true));
    expect(second.messages.find(({ event }) => event === "event")?.data?.offset).toBe(Number(last?.id) + 1);
    await second.stop();
  });
});

describe("long polls", () => {
  const end = async () => {
    const page = expectStatus(await call<EventPage>("GET /v1/inventory/events?limit=1&offset=999999"), 200);
    expect(page.count).toBe(0);
    const all = await events();
    return (all.at(-1)?.offset ?? 0) + 1;
  };

  it("D-15: at the end of the book, a poll answers within the second with the change", async () => {
    const productId = await newProduct(10);
    await history(productId);
    const offset = await end();
    let answeredAt = 0;
    const poll = call<EventPage>(`GET /v1/inventory/events?offset=${offset}&wait=30`).then((answer) => {
      answeredAt = Date.now();
      return answer;
    });
    await sleep(2000);
    const changedAt = Date.now();
    await hold(productId, 1);
    const page = expectStatus(await poll, 200);
    expect(page.events[0]).toMatchObject({ offset, productId, type: "reservation.held" });
    expect(page.nextOffset).toBe(offset + page.count);
    expect(page.events).toEqual((await events({}, offset)).slice(0, page.count));
    expect(answeredAt - changedAt).toBeGreaterThan(0);
    expect(answeredAt - changedAt).toBeLessThan(1000);
  });

  it("answers at once when there is something, empty when the time is over", async () => {
    const productId = await newProduct(10);
    await history(productId);
    const startedAt = Date.now();
    const behind = expectStatus(await call<EventPage>("GET /v1/inventory/events?limit=1&wait=60"), 200);
    expect(behind.count).toBe(1);
    expect(Date.now() - startedAt).toBeLessThan(2000);
    const offset = await end();
    const page = expectStatus(await call<EventPage>(`GET /v1/inventory/events?offset=${offset}&wait=1`), 200);
    expect(page).toEqual({ events: [], nextOffset: offset, hasMore: false, count: 0 });
    expect(Date.now() - startedAt).toBeGreaterThan(950);
  });

  it("a filter wakes for its own events only, and leads past everything it saw", async () => {
    const [own, other] = [await newProduct(10), await newProduct(10)];
    await history(other);
    const offset = await end();
    const query = `offset=${offset}&wait=20&productId=${own}&type=stock.adjusted`;
    const poll = call<EventPage>(`GET /v1/inventory/events?${query}`);
    await sleep(300);
    await hold(other, 1);
    await hold(own, 1);
    await history(own);
    await receive(own, 1);
    const page = expectStatus(await poll, 200);
    expect(page.events).toHaveLength(1);
    expect(page.events[0]).toMatchObject({ productId: own, type: "stock.adjusted" });
    expect(page.nextOffset).toBeGreaterThan(page.events[0]?.offset ?? 0);
    const { nextOffset } = expectStatus(
      await call<EventPage>(`GET /v1/inventory/events?offset=${offset}&wait=1&type=stock.counted`),
      200,
    );
    expect(nextOffset).toBe(await end());
  });

  it.each(["wait=61", "wait=-1", "wait=x"])("%s is refused", async (query) => {
    expectProblem(await call(`GET /v1/inventory/events?${query}`), 400, "validation_failed");
  });
});
