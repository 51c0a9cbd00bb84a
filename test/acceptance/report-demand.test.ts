/** Demand that left no event, over the wire: units refused, and what was searched for. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  call,
  eventually,
  expectProblem,
  expectStatus,
  hold,
  newId,
  newProduct,
  reserve,
  SHOP,
  type Page,
} from "./api";
import { everyPage, inBook, ofProduct, ranking, searches } from "./report-api";

afterEach(() => void vi.restoreAllMocks());

describe("refused demand", () => {
  it("is counted for reserves, rows of bulk requests and orders, in units, by product", async () => {
    const [a, b] = [await newProduct(3, { name: "Scarce" }), await newProduct(1)];
    expectProblem(await reserve(a, { quantity: 4 }), 409, "insufficient_stock");
    expectProblem(await reserve(a, { quantity: 5 }, { key: SHOP }), 409, "insufficient_stock");
    expectProblem(
      await call("POST /v1/reservations", {
        body: {
          orderId: newId("order"),
          lines: [
            { productId: a, quantity: 1 },
            { productId: b, quantity: 2 },
          ],
        },
      }),
      409,
      "insufficient_stock",
    );
    const operations = [
      { op: "reserve", productId: b, quantity: 7 },
      { op: "adjust", productId: b, delta: -9, type: "sale", reason: "too much" },
    ];
    expectStatus(await call("POST /v1/inventory/bulk", { body: { operations } }), 200);
    const all = { operations, onError: "rejectAll" };
    expectStatus(await call("POST /v1/inventory/bulk", { body: all }), 200);
    expectStatus(await call(`POST /v1/inventory/${a}/check`, { body: { quantity: 9 } }), 200);
    await hold(a, 1);
    await inBook(a);
    await inBook(b);
    await eventually(
      () => ranking("?sort=refused&limit=100"),
      ({ items, refusedMaximumError }) => {
        expect(refusedMaximumError).toBe(0);
        const found = items.filter(({ productId }) => productId === a || productId === b);
        // What the order lacked is what was refused of it: of `b` alone.
        const both = { units: 9, count: 2 };
        expect(found.map(({ productId, refused }) => ({ productId, refused }))).toEqual(
          [a, b].toSorted().map((productId) => ({ productId, refused: both })),
        );
      },
    );
    expect(await ofProduct(a, "?sort=held")).toMatchObject({
      name: "Scarce",
      held: { units: 1 },
      refused: { units: 9, count: 2 },
    });
    const refused = (await everyPage("?sort=refused&limit=1")).find(({ productId }) => productId === a);
    expect(refused).toMatchObject({ name: "Scarce", added: { units: 3, count: 1 } });
  });

  it("a demand object that is away is 503", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    vi.spyOn(env.DEMAND, "getByName").mockImplementation(() => {
      throw new Error("away");
    });
    expectProblem(await call("GET /v1/reports/products"), 503, "overloaded");
    expectProblem(await call("GET /v1/reports/searches"), 503, "overloaded");
  });
});

describe("searches", () => {
  it("are counted by their words on first pages, shown from the second time on", async () => {
    const word = newId("word").replaceAll("-", "");
    await newProduct(1, { name: `Ship ${word}` });
    await newProduct(1, { name: `Boat ${word}` });
    const search = async (q: string, more = "") =>
      expectStatus(await call<Page<unknown>>(`GET /v1/products?q=${encodeURIComponent(q)}${more}`), 200);
    const { nextCursor } = await search(`  ${word.toUpperCase()}! `, "&limit=1");
    await search(word, `&limit=1&cursor=${nextCursor}`);
    await search(word);
    const missing = `qqqq${word} vvvv${word}`;
    await search(missing);
    await search(missing);
    await search(`vvvv${word}`);
    await search(`${word} ${"x".repeat(60)}`);
    await search(`${word} ${"x".repeat(60)}`);
    const own = (items: { words: string; count: number }[]) =>
      items.filter(({ words }) => words.includes(word));
    await eventually(
      () => searches("?limit=100"),
      ({ searched, unfound }) => {
        expect(own(searched.items)).toEqual([
          { words: missing, count: 2 },
          { words: word, count: 2 },
        ]);
        expect(own(unfound.items)).toEqual([{ words: missing, count: 2 }]);
        expect([searched.maximumError, unfound.maximumError]).toEqual([0, 0]);
      },
    );
    const { searched } = await searches("?limit=1&window=7d");
    expect(searched.items).toHaveLength(1);
  });

  it("a list without words is none", async () => {
    expectStatus(await call("GET /v1/products?q="), 200);
    expectStatus(await call("GET /v1/products?q=%21%21"), 200);
    expectStatus(await call("GET /v1/products"), 200);
    const { searched } = await searches("?limit=100");
    expect(searched.items.some(({ words }) => words === "")).toBe(false);
  });
});
