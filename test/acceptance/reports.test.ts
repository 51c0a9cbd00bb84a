/** Reports over the wire: they equal the book up to the offset that they name, in windows and series, page by page. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { addToSums } from "../../src/d1/report-sums";
import { noSums } from "../d1/sums-by-hand";
import {
  act,
  ADMIN,
  call,
  expectProblem,
  expectStatus,
  hold,
  newId,
  newProduct,
  receive,
  SHOP,
  type EventPage,
} from "./api";
import { everyPage, inBook, ofProduct, ranking, series, type Ranking, type Series } from "./report-api";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const NOON = Date.parse("2031-05-06T12:00:00.000Z");
const at = (ms: number) => vi.useFakeTimers({ toFake: ["Date"], now: ms });

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("what one product did", () => {
  it("sold, held, expired, given back, returned and added, each with its units and how often", async () => {
    at(NOON);
    const productId = await newProduct(100, { name: "Reported" });
    await receive(productId, 20);
    const sold = await hold(productId, 10);
    expectStatus(await act(sold, "confirm", { quantity: 7 }), 200);
    expectStatus(await act(sold, "return", { quantity: 2, restock: true, reason: "wrong size" }), 200);
    expectStatus(await act(sold, "return", { quantity: 1, restock: false, reason: "broken" }), 200);
    const given = await hold(productId, 5);
    expectStatus(await act(given, "release", { quantity: 2 }), 200);
    const resize = (quantity: number) =>
      call(`PATCH /v1/reservations/${given.reservationId}`, { body: { quantity } });
    expectStatus(await resize(6), 200);
    expectStatus(await resize(4), 200);
    const taken = await hold(productId, 9, { supersedes: given.reservationId, ttlSeconds: 60 });
    const adjust = (type: string, delta: number) =>
      call(`POST /v1/inventory/${productId}/adjust`, { body: { type, delta, reason: "till" } });
    expectStatus(await adjust("sale", -3), 200);
    expectStatus(await adjust("return", 1), 200);
    expectStatus(await adjust("damage", -1), 200);
    at(NOON + 61_000);
    await runDurableObjectAlarm(env.PRODUCT.getByName(productId));
    expect(taken.quantity).toBe(9);
    expect(await ofProduct(productId)).toEqual({
      productId,
      name: "Reported",
      added: { units: 120, count: 2 },
      // 10 and 5, 3 more by a change of size, and 5 more than the 4 that were taken over.
      held: { units: 23, count: 4 },
      sold: { units: 10, count: 2 },
      // The rest of what was confirmed in part, a part, and by a change of size.
      released: { units: 7, count: 3 },
      returned: { units: 4, count: 3 },
      expired: { units: 9, count: 1 },
      refused: { units: 0, count: 0 },
      firstAt: new Date(NOON).toISOString(),
      lastAt: expect.stringMatching(/^2031-05-06T12:01:01/),
    });
  });

  it("a hold paid for too late has expired and is sold", async () => {
    at(NOON);
    const productId = await newProduct(5);
    const late = await hold(productId, 4, { ttlSeconds: 60 });
    at(NOON + 120_000);
    expectStatus(await act(late, "confirm", { quantity: 3, ifExpired: "reacquire" }), 200);
    const { sold, held, expired, released } = (await ofProduct(productId)) ?? noSums();
    expect({ sold, held, expired, released }).toEqual({
      sold: { units: 3, count: 1 },
      held: { units: 4, count: 1 },
      expired: { units: 4, count: 1 },
      released: { units: 0, count: 0 },
    });
  });

  it("is read a moment after it happened, and the answer says up to which event", async () => {
    const productId = await newProduct(5);
    expectStatus(await act(await hold(productId, 2), "confirm"), 200);
    await inBook(productId);
    const answer = await call<Series>(`GET /v1/reports/products/${productId}?interval=day`);
    expect(expectStatus(answer, 200).items.at(-1)?.sold).toEqual({ units: 2, count: 1 });
    const { events } = expectStatus(
      await call<EventPage>(`GET /v1/inventory/events?productId=${productId}&limit=1000`),
      200,
    );
    expect(Number(answer.headers.get("X-Book-Offset"))).toBeGreaterThanOrEqual(events.at(-1)?.offset ?? 0);
  });

  it("goes on after the product was deleted, under its name", async () => {
    const productId = await newProduct(5, { name: "Gone" });
    const gone = await call(`DELETE /v1/products/${productId}?force=true&reason=test`, { key: ADMIN });
    expectStatus(gone, 204);
    expect(await ofProduct(productId, "?sort=added")).toMatchObject({ name: "Gone", added: { units: 5 } });
  });
});

describe("windows", () => {
  it.each([
    ["24h", 24 * HOUR_MS, "2031-05-05T12:00:00.000Z", "2031-05-06T13:00:00.000Z"],
    ["7d", 7 * DAY_MS, "2031-04-29T00:00:00.000Z", "2031-05-07T00:00:00.000Z"],
    ["30d", 30 * DAY_MS, "2031-04-06T00:00:00.000Z", "2031-05-07T00:00:00.000Z"],
    ["90d", 90 * DAY_MS, "2031-02-05T00:00:00.000Z", "2031-05-07T00:00:00.000Z"],
  ])("%s begins where its first hour or day does, and ends after now", async (window, ms, from, to) => {
    const [inside, outside] = [newId("inside"), newId("outside")];
    const fill = async (productId: string, atMs: number) => {
      const body = JSON.stringify({ data: { delta: 4 } });
      await env.BOOK.prepare(
        "INSERT INTO events (product_id, version, type, movement, at_ms, body) VALUES (?, 1, 'stock.adjusted', 'receipt', ?, ?)",
      )
        .bind(productId, atMs, body)
        .run();
    };
    const begins = Date.parse(from);
    expect(begins).toBeLessThanOrEqual(NOON + 59_000 - ms);
    await fill(inside, begins);
    await fill(outside, begins - 1);
    at(NOON + 59_000);
    const page = await ranking(`?window=${window}&sort=added`);
    expect(page).toMatchObject({ window, from, to });
    const found = await everyPage(`?window=${window}&sort=added&limit=100`);
    expect(found.find(({ productId }) => productId === inside)).toMatchObject({
      name: null,
      added: { units: 4, count: 1 },
    });
    expect(found.find(({ productId }) => productId === outside)).toBeUndefined();
  });
});

describe("rankings", () => {
  const products = new Map<string, number>();

  beforeAll(async () => {
    at(NOON + 400 * DAY_MS);
    for (const units of [3, 7, 7, 1, 9, 7, 2]) {
      const productId = await newProduct(20);
      expectStatus(await act(await hold(productId, units), "confirm"), 200);
      await hold(productId, 10 - units);
      await inBook(productId);
      products.set(productId, units);
    }
    await inBook(await newProduct(20));
    vi.useRealTimers();
  });
  beforeEach(() => void at(NOON + 400 * DAY_MS + 60_000));

  it.each([1, 2, 3, 100])(
    "have every product once, the most first, equal ones by id: %i a page",
    async (limit) => {
      const found = await everyPage(`?sort=sold&limit=${limit}`);
      const wanted = [...products].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      expect(found.map(({ productId, sold }) => [productId, sold.units])).toEqual(wanted);
    },
  );

  it("are sorted by what is asked for, without what has none of it", async () => {
    expect((await everyPage("?sort=held&limit=100")).every(({ held }) => held.units === 10)).toBe(true);
    expect((await ranking("?sort=added")).items).toHaveLength(8);
    expect((await ranking("?sort=expired")).items).toEqual([]);
    expect((await ranking("?sort=returned")).items).toEqual([]);
  });

  it("a further page is of the same window, though an hour has passed", async () => {
    const first = await ranking("?limit=3");
    at(NOON + 400 * DAY_MS + 2 * HOUR_MS);
    const second = await ranking(`?limit=3&cursor=${first.nextCursor}`);
    expect(second).toMatchObject({ from: first.from, to: first.to });
    expect(second.items).toHaveLength(3);
  });

  it("take no cursor of another ranking or of one's own making", async () => {
    const { nextCursor } = await ranking("?limit=3");
    const forged = (...values: unknown[]) =>
      Buffer.from(JSON.stringify(["report 24h sold", ...values])).toString("base64url");
    for (const query of [
      `?sort=held&cursor=${nextCursor}`,
      `?window=7d&cursor=${nextCursor}`,
      "?cursor=nonsense",
      `?cursor=${forged(0, 9e15, 1, "P")}`,
      `?cursor=${forged(NOON + 500 * DAY_MS, NOON + 501 * DAY_MS + HOUR_MS, 1, "P")}`,
    ])
      expectProblem(await call(`GET /v1/reports/products${query}`), 400, "validation_failed");
  });

  it("are refused to storefronts, and while the book is away", async () => {
    expectProblem(await call("GET /v1/reports/products", { key: SHOP }), 403, "forbidden");
    vi.spyOn(console, "error").mockReturnValue(undefined);
    vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("away"));
    expectProblem(await call("GET /v1/reports/products"), 503, "book_unavailable");
  });

  it.each(["?window=1y", "?sort=price", "?limit=0", "?nonsense=1"])("400 for %s", async (query) => {
    expectProblem(await call(`GET /v1/reports/products${query}`), 400, "validation_failed");
  });
});

describe("a series", () => {
  let productId = "";

  beforeAll(async () => {
    at(NOON - 1);
    productId = await newProduct(50);
    at(NOON);
    await receive(productId, 1);
    at(NOON + 3 * HOUR_MS - 1);
    await receive(productId, 2);
    at(Date.parse("2031-05-07T00:00:00.000Z"));
    await receive(productId, 3);
    await inBook(productId);
    vi.useRealTimers();
  });
  beforeEach(() => void at(Date.parse("2031-05-07T00:10:00.000Z")));

  it("by hour has every hour, those without anything too", async () => {
    const { items, interval } = await series(productId, "?from=2031-05-06T11:30:00Z");
    expect(interval).toBe("hour");
    expect(items.map(({ at: hour, added }) => [hour.slice(8, 13), added.units])).toEqual([
      ["06T11", 50],
      ["06T12", 1],
      ["06T13", 0],
      ["06T14", 2],
      ...[15, 16, 17, 18, 19, 20, 21, 22, 23].map((hour) => [`06T${hour}`, 0]),
      ["07T00", 3],
    ]);
    expect(items[2]).toEqual({ at: "2031-05-06T13:00:00.000Z", ...noSums() });
  });

  it("by day has the days of UTC", async () => {
    const { items } = await series(productId, "?interval=day&from=2031-05-05T23:59:59.999Z");
    expect(items.map(({ at: day, added }) => [day, added])).toEqual([
      ["2031-05-05T00:00:00.000Z", { units: 0, count: 0 }],
      ["2031-05-06T00:00:00.000Z", { units: 53, count: 3 }],
      ["2031-05-07T00:00:00.000Z", { units: 3, count: 1 }],
    ]);
  });

  it("is of the last 24 hours or 30 days when nothing else is said", async () => {
    expect((await series(productId)).items).toHaveLength(25);
    expect((await series(productId, "?interval=day")).items).toHaveLength(31);
  });

  it("ends before `to`, never after now, and begins no earlier than is kept", async () => {
    const { items } = await series(productId, "?from=2031-05-06T12:00:00Z&to=2031-05-06T14:00:00Z");
    expect(items.map(({ added }) => added.units)).toEqual([1, 0]);
    const future = await series(productId, "?from=2031-05-07T00:00:00Z&to=2040-01-01T00:00:00Z");
    expect(future.items).toHaveLength(1);
    expect((await series(productId, "?from=2032-01-01T00:00:00Z")).items).toEqual([]);
    const whole = await series(productId, "?from=2000-01-01T00:00:00Z&interval=day&limit=1");
    expect(whole.items[0]?.at).toBe("2028-05-07T00:00:00.000Z");
  });

  it("goes on page by page, though time goes on", async () => {
    const found: string[] = [];
    let cursor = "";
    for (let pages = 0; pages < 10; pages += 1) {
      const page = await series(productId, `?from=2031-05-06T10:00:00Z&limit=4${cursor}`);
      found.push(...page.items.map(({ at: hour }) => hour.slice(8, 13)));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
      at(Date.parse("2031-05-07T05:00:00.000Z"));
    }
    const hours = Array.from({ length: 14 }, (_, hour) => `06T${hour + 10}`);
    expect(found).toEqual([...hours, "07T00"]);
  });

  it("of a product nobody knows is 404; a cursor of another interval 400", async () => {
    expectProblem(await call("GET /v1/reports/products/NO-SUCH"), 404, "product_not_found");
    const { nextCursor } = await series(productId, "?limit=1");
    const other = `GET /v1/reports/products/${productId}?interval=day&cursor=${nextCursor}`;
    expectProblem(await call(other), 400, "validation_failed");
  });
});

describe("a book that is far ahead", () => {
  it("is reported as far as it was added up, and says so", async () => {
    const productId = newId("ahead");
    await env.BOOK.prepare(
      `INSERT INTO events (product_id, version, type, movement, at_ms, body)
       WITH RECURSIVE n (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < 7000)
       SELECT ?1, v, 'stock.adjusted', 'receipt', ?2, '{"data":{"delta":1}}' FROM n`,
    )
      .bind(productId, Date.now())
      .run();
    const newest = await env.BOOK.prepare("SELECT MAX(offset) AS n FROM events").first<number>("n");
    const answer = await call<Ranking>("GET /v1/reports/products?sort=added");
    const { items } = expectStatus(answer, 200);
    const units = items.find((one) => one.productId === productId)?.added.units ?? 0;
    expect(units).toBeGreaterThan(0);
    expect(Number(answer.headers.get("X-Book-Offset"))).toBe((newest ?? 0) - (7000 - units));
    await addToSums(env.BOOK, Date.now(), 100);
    const later = await call<Ranking>("GET /v1/reports/products?sort=added");
    expect(Number(later.headers.get("X-Book-Offset"))).toBe(newest);
  });
});
