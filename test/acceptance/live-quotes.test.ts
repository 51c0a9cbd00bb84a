/** Market prices as they change, beside the levels, over sockets and streams. */
import { env } from "cloudflare:workers";
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { call, events, expectStatus, hold, newProduct, sleep } from "./api";
import { listen, stream, until, type Told } from "./live-client";

async function push(productId: string, amount: string): Promise<void> {
  const body = { quotes: [{ productId, price: { amount, currency: "EUR" }, source: "exchange" }] };
  expectStatus(await call("POST /v1/quotes", { body }), 200);
}

function quotesIn(told: readonly Told[]): Record<string, unknown>[] {
  return told.filter(({ type }) => type === "quote").map((message) => ({ ...message }));
}

describe("a new price", () => {
  it("finds a listener whose shard has slept, and after the quotes object was away", async () => {
    const productId = await newProduct(1);
    const client = await listen(`/v1/inventory/${productId}/live`);
    await until(() => expect(client.told).toHaveLength(1));
    await push(productId, "1");
    await until(() => expect(quotesIn(client.told)).toHaveLength(1));
    await evictDurableObject(env.HUB.getByName("levels:0"));
    await evictDurableObject(env.QUOTES.getByName("quotes"));
    await push(productId, "2");
    await until(() => expect(quotesIn(client.told).at(-1)).toMatchObject({ price: { amount: "2.00" } }));
  });

  it("reaches those who listen to the product, on sockets and streams, and nobody else; it is no event", async () => {
    const [productId, other] = [await newProduct(10), await newProduct(10)];
    const socket = await listen(`/v1/inventory/live?products=${productId},${other}`);
    const page = await stream(`/v1/inventory/${productId}/live`);
    const bystander = await listen(`/v1/inventory/${other}/live`);
    const follower = await listen("/v1/inventory/events/live");
    await until(() =>
      expect([socket.told.length, bystander.told.length, page.messages.length]).toEqual([2, 1, 2]),
    );
    const before = await events({ productId });
    await push(productId, "0.00000042");
    await until(() => expect(quotesIn(socket.told)).toHaveLength(1), 1);
    const quote = {
      type: "quote",
      productId,
      source: "exchange",
      price: {
        amount: "0.00000042",
        currency: "EUR",
      },
      at: expect.stringMatching(/^\d{4}-.*Z$/),
    };
    expect(quotesIn(socket.told)).toEqual([quote]);
    await until(() => expect(page.messages.at(-1)).toMatchObject({ event: "quote", data: quote }));
    expect(page.messages.at(-1)?.id, "a stream resumes at levels").toBeUndefined();
    await push(other, "7");
    await until(() => expect(quotesIn(bystander.told)).toHaveLength(1));
    expect(quotesIn(bystander.told)).toMatchObject([{ productId: other }]);
    await hold(productId, 1);
    await until(() => expect(follower.told.length).toBeGreaterThan(0));
    expect(quotesIn(follower.told)).toEqual([]);
    const after = await events({ productId });
    expect(after.filter(({ type }) => type !== "reservation.held")).toEqual(before);
    await page.stop();
  });

  it("of many the newest comes within a second, and no more than one a second", async () => {
    const productId = await newProduct(1);
    const client = await listen(`/v1/inventory/${productId}/live`);
    await until(() => expect(client.told).toHaveLength(1));
    const started = Date.now();
    let amount = 0;
    while (Date.now() - started < 1500) {
      amount += 1;
      await push(productId, `${amount}`);
      await sleep(20);
    }
    await until(
      () => expect(quotesIn(client.told).at(-1)).toMatchObject({ price: { amount: `${amount}.00` } }),
      1.2,
    );
    const seconds = (Date.now() - started) / 1000;
    expect(quotesIn(client.told).length).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
    expect(quotesIn(client.told).length).toBeGreaterThanOrEqual(2);
  });
});
