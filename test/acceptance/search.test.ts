/** Searching the catalog over the wire: words, filters, facets, odd input, and an index that is lost and comes back. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ADMIN, call, everyItem, eventually, expectProblem, expectStatus, newId, type Page } from "./api";
import type { Product } from "./api";

interface Found extends Page<Product> {
  facets?: Record<string, { value: string | number | boolean; count: number }[]>;
}

async function create(name: string, more: object = {}): Promise<string> {
  const productId = newId("S");
  expectStatus(await call("POST /v1/products", { body: { productId, name, ...more } }), 201);
  return productId;
}

async function search(query: Record<string, string>): Promise<Found> {
  return expectStatus(await call<Found>(`GET /v1/products?${new URLSearchParams(query)}`), 200);
}

async function ids(query: Record<string, string>): Promise<string[]> {
  return (await search(query)).items.map(({ productId }) => productId);
}

describe("a search for words", () => {
  it("finds what was made a moment ago, by the beginnings of its words", async () => {
    const falcon = await create("Quillennium Falcon");
    expect(await ids({ q: "quillen falc" })).toEqual([falcon]);
  });

  it.each([
    ["accents", "Qpokémon Árbol", "qpokemon arbol"],
    ["accents typed where there are none", "Qzurich Tower", "qzürich"],
    ["letters that have no accent of their own", "Qstraße Øst", "qstrasse ost"],
    ["apostrophes", "Qdetective's Office", "qdetectives office"],
    ["apostrophes as others write them", "Qwizard's Tower", "qwizard’s"],
    ["a compound as one word", "Qx-Wing Fighter", "qxwing"],
    ["a compound as two words", "Qy-Wing Fighter", "qy wing"],
    ["a letter too few", "Qmillenniumx Falcon", "qmilenniumx"],
    ["a letter too many", "Qdestroyer Imperial", "qdestrroyer"],
    ["a wrong letter", "Qcastleton Keep", "qcastlaton"],
    ["letters that changed places", "Qpirateship Bay", "qpiraetship"],
    ["a beginning with a slip", "Qsubmarineland", "qsubmarimel"],
    ["a word that nothing has", "Qharbour Light", "brandnobodyhas qharbour"],
  ])("understands %s", async (_, name, q) => {
    const productId = await create(name);
    expect(await ids({ q })).toEqual([productId]);
  });

  it("finds by tags, attributes, initials of an attribute, description and id", async () => {
    const attributes = { theme: "Quantum Collector Series", year: 2017 };
    const productId = await create("Plain Thing", {
      attributes,
      tags: ["qtagged"],
      description: "With qdescribed words",
    });
    for (const q of ["qtagged", "quantum series", "qcs plain", "qdescribed", productId, "thing 2017 qtagged"])
      expect(await ids({ q }), q).toEqual([productId]);
  });

  it("leaves one of three words or more out where nothing has them all", async () => {
    const productId = await create("Qvault Gringotts Bank");
    await create("Qother Dragon");
    expect(await ids({ q: "qvault gringotts dragon" })).toEqual([productId]);
    expect(await ids({ q: "qvault dragon" })).toEqual([]);
  });

  it("takes twelve words with a slip in each, and numbers", async () => {
    const words = Array.from({ length: 12 }, (_, nth) => `qabc${"defghijklmno"[nth]}pq${nth}`);
    const productId = await create(words.join(" "));
    expect(
      await ids({ q: words.map((word, nth) => (nth < 4 ? word.replace("pq", "qp") : word)).join(" ") }),
    ).toEqual([productId]);
  });

  it("means the same on every page", async () => {
    const kind = newId("kind");
    const made: string[] = [];
    for (let nth = 0; nth < 7; nth += 1) made.push(await create(`Qlanternfish ${nth}`, { kind }));
    for (const sort of ["relevance", "name", "-createdAt"]) {
      const query = new URLSearchParams({ q: "qlanternfsh", kind, sort, limit: "2" });
      const pages: string[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        if (cursor !== "") query.set("cursor", cursor);
        const page: Found = expectStatus(await call<Found>(`GET /v1/products?${query}`), 200);
        pages.push(...page.items.map(({ productId }) => productId));
        // What the word was taken for is not looked up again.
        if (pages.length === 2) await create("Qlanternfsh alone", { kind });
        ({ nextCursor: cursor } = page);
      }
      expect(pages.filter((id) => made.includes(id)).toSorted(), sort).toEqual(made.toSorted());
      expectStatus(
        await call(`DELETE /v1/products/${(await ids({ q: "alone", kind }))[0]}`, { key: ADMIN }),
        204,
      );
    }
    expectProblem(await call("GET /v1/products?q=x&cursor=abc"), 400, "validation_failed");
  });

  it("puts the exact id first, then the exact name, then names that begin so", async () => {
    const long = await create("Qmoon Base Alpha");
    const inside = await create("Big Qmoon");
    const exact = await create("Qmoon");
    const mentioned = await create("Else", { tags: ["qmoon"] });
    expect(await ids({ q: "qmoon" })).toEqual([exact, long, inside, mentioned]);
    const named = await create(`About ${inside}`);
    expect((await ids({ q: inside }))[0]).toBe(inside);
    expect(await ids({ q: `about ${inside}` })).toContain(named);
  });

  it("finds a set by its number without the variant", async () => {
    const productId = `${newId("75999").replaceAll(/[^\d]/g, "")}-1`;
    expectStatus(await call("POST /v1/products", { body: { productId, name: "A Set", kind: "set" } }), 201);
    expect((await ids({ q: productId.slice(0, -2) }))[0]).toBe(productId);
    expect((await ids({ q: productId }))[0]).toBe(productId);
  });

  it("does not take one number for another", async () => {
    await create("Qseries 88121");
    expect(await ids({ q: "88122" })).toEqual([]);
  });

  it("follows a name that is changed, and a product that is deleted", async () => {
    const productId = await create("Qbefore");
    expectStatus(await call(`PATCH /v1/products/${productId}`, { body: { name: "Qafter" } }), 200);
    expect(await ids({ q: "qbefore" })).toEqual([]);
    expect(await ids({ q: "qafter" })).toEqual([productId]);
    expectStatus(await call(`DELETE /v1/products/${productId}`, { key: ADMIN }), 204);
    expect(await ids({ q: "qafter" })).toEqual([]);
  });

  it.each([
    ["quotes", `"qodd" 'x" OR "`],
    ["operators", "qodd AND NOT OR NEAR(x y) ^ * -x col:val {a b}"],
    ["emoji", "🧱🚀 👩‍👩‍👧"],
    ["punctuation alone", "!!! ??? --- '';"],
    ["one letter", "q"],
    ["300 words", Array.from({ length: 300 }, (_, word) => `word${word}`).join(" ")],
    ["a very long word", "q".repeat(3000)],
    ["SQL", "'; DROP TABLE documents; --"],
    ["null characters", "q\u0000odd"],
    ["another script", "千年隼 ミレニアム هزارة"],
    ["right-to-left marks", "\u202eqodd\u202c"],
    ["percent signs and underscores", "100% _ %q%"],
  ])("takes %s for a search", async (_, q) => {
    for (const sort of ["relevance", "name", "-price"])
      expectStatus(await call(`GET /v1/products?${new URLSearchParams({ q, sort })}`), 200);
  });

  it("takes nothing typed for no search", async () => {
    await create("Something");
    expect((await search({ q: "  " })).items.length).toBeGreaterThan(0);
  });

  it("refuses text that is no Unicode, and too much of it", async () => {
    expectProblem(await call("GET /v1/products?q=%ff"), 400, "validation_failed");
    expectProblem(await call(`GET /v1/products?q=${"x".repeat(5000)}`), 400, "validation_failed");
  });
});

describe("filters", () => {
  it("go together with words, and with each other", async () => {
    const kind = newId("kind");
    const one = await create("Qred Car", {
      kind,
      tags: ["a"],
      attributes: { year: 2017, wheels: true },
      price: { amount: 5, currency: "USD" },
    });
    const two = await create("Qred Bus", {
      kind,
      tags: ["a", "b"],
      attributes: { year: "2017" },
      price: { amount: 15, currency: "USD" },
    });
    const three = await create("Qblue Bus", { kind, status: "inactive", attributes: { year: 2018 } });
    const found = async (query: Record<string, string>) => (await ids({ kind, ...query })).toSorted();
    expect(await found({})).toEqual([one, two, three].toSorted());
    expect(await found({ q: "qred" })).toEqual([one, two].toSorted());
    expect(await found({ q: "bus", tag: "b" })).toEqual([two]);
    expect(await found({ "attr.year": "2017" })).toEqual([one, two].toSorted());
    expect(await found({ "attr.wheels": "true" })).toEqual([one]);
    expect(await found({ status: "inactive" })).toEqual([three]);
    expect(await found({ availability: "unavailable" })).toEqual([three]);
    expect(await found({ q: "q", minPrice: "10" })).toEqual([two]);
    expect(await found({ q: "q", maxPrice: "10" })).toEqual([one]);
    expect(await ids({ kind, sort: "-price" })).toEqual([two, one, three]);
    expect(await ids({ kind, q: "q", sort: "name" })).toEqual([three, two, one]);
  });

  it("know when a product was made and changed", async () => {
    const kind = newId("kind");
    const before = new Date(Date.now() - 1000).toISOString();
    const productId = await create("Qnew", { kind });
    const after = new Date(Date.now() + 1000).toISOString();
    expect(await ids({ kind, createdAfter: before })).toEqual([productId]);
    expect(await ids({ kind, createdAfter: after })).toEqual([]);
    expect(await ids({ kind, updatedAfter: before })).toEqual([productId]);
    expect(await ids({ kind, updatedAfter: after })).toEqual([]);
    expect(await ids({ createdAfter: before, sort: "-createdAt" })).toContain(productId);
  });

  it("follow what is available", async () => {
    const kind = newId("kind");
    const productId = await create("Qstock", { kind });
    expect(await ids({ kind, availability: "out_of_stock" })).toEqual([productId]);
    const body = { delta: 5, type: "receipt", reason: "delivered" };
    expectStatus(await call(`POST /v1/inventory/${productId}/adjust`, { body }), 200);
    await eventually(
      () => ids({ kind, availability: "in_stock" }),
      (found) => expect(found).toEqual([productId]),
    );
    expect(await ids({ kind, availability: "out_of_stock" })).toEqual([]);
  });

  it("hold for lists of stock as well", async () => {
    const kind = newId("kind");
    const productId = await create("Qlisted", { kind });
    const list = await everyItem<{ productId: string }>(`/v1/inventory?q=qlisted&kind=${kind}`);
    expect(list.map((item) => item.productId)).toEqual([productId]);
    expect(await everyItem(`/v1/inventory?kind=${kind}&locationId=main`)).toHaveLength(1);
    expect(await everyItem(`/v1/inventory?kind=${kind}&locationId=nowhere`)).toHaveLength(0);
  });
});

describe("facets", () => {
  it("count the values of everything that matches, not of a page", async () => {
    const kind = newId("kind");
    await create("Qf one", { kind, tags: ["x", "y"], attributes: { theme: "Space", year: 1999 } });
    await create("Qf two", { kind, tags: ["x"], attributes: { theme: "Space", year: "1999" } });
    await create("Qf three", { kind, attributes: { theme: "Castle" } });
    const { facets, items } = await search({
      kind,
      limit: "1",
      facets: "kind,tag,attr.theme,attr.year,attr.none",
    });
    expect(items).toHaveLength(1);
    expect(facets).toEqual({
      kind: [{ value: kind, count: 3 }],
      tag: [
        { value: "x", count: 2 },
        { value: "y", count: 1 },
      ],
      "attr.theme": [
        { value: "Space", count: 2 },
        { value: "Castle", count: 1 },
      ],
      "attr.year": [
        { value: "1999", count: 1 },
        { value: 1999, count: 1 },
      ],
      "attr.none": [],
    });
    expect((await search({ kind, q: "castle", facets: "attr.theme" })).facets).toEqual({
      "attr.theme": [{ value: "Castle", count: 1 }],
    });
    expect((await search({ q: "!!", facets: "kind" })).facets).toEqual({ kind: [] });
  });

  it("that do not exist are refused", async () => {
    for (const facets of [
      "price",
      "kind,",
      'attr.a"b',
      Array.from({ length: 11 }, (_, n) => `attr.${n}`).join(),
    ])
      expectProblem(
        await call(`GET /v1/products?${new URLSearchParams({ facets })}`),
        400,
        "validation_failed",
      );
  });
});

describe("the search index", () => {
  it("that is lost comes back when it is rebuilt, and gives the same answers", async () => {
    const kind = newId("kind");
    const made = [await create("Qlost one", { kind }), await create("Qlost two", { kind })];
    const before = await search({ q: "qlost", facets: "kind" });
    expect(before.items.map(({ productId }) => productId)).toEqual(made);
    for (const table of ["vocabulary", "entries", "documents", "about"])
      await env.SEARCH.exec(`DROP TABLE ${table}`);
    // Filters are looked for in the book meanwhile.
    expect((await ids({ kind })).toSorted()).toEqual(made.toSorted());
    expectStatus(await call("POST /v1/admin/search/rebuild", { key: ADMIN }), 202);
    await eventually(
      () =>
        call<{ phase: string; indexed: number; total: number }>("GET /v1/admin/search/rebuild", {
          key: ADMIN,
        }),
      ({ body }) => expect(body).toMatchObject({ phase: "done" }),
    );
    expect(await search({ q: "qlost", facets: "kind" })).toEqual(before);
  });
});

describe("what a customer would pay", () => {
  it("is the market's price where a product has none of its own", async () => {
    const kind = newId("kind");
    const own = await create("Qowned", { kind, price: { amount: "5", currency: "USD" } });
    const market = await create("Qmarket", { kind });
    const none = await create("Qnone", { kind });
    const quotes = [own, market].map((productId) => ({
      productId,
      price: { amount: "0.00000012", currency: "USD" },
    }));
    expectStatus(await call("POST /v1/quotes", { body: { quotes } }), 200);
    await eventually(
      () => ids({ kind, sort: "price" }),
      (found) => expect(found).toEqual([market, own, none]),
    );
    expect(await ids({ kind, maxPrice: "0.0000002" })).toEqual([market]);
    expect(await ids({ maxPrice: "0.0000002", sort: "price" })).toContain(market);
    // Whatever else changes, it stays so.
    expectStatus(await call(`PATCH /v1/products/${market}`, { body: { name: "Qmarket two" } }), 200);
    expect(await ids({ kind, maxPrice: "0.0000002" })).toEqual([market]);
    expectStatus(
      await call(`PATCH /v1/products/${market}`, { body: { price: { amount: "9", currency: "USD" } } }),
      200,
    );
    expect(await ids({ kind, sort: "price" })).toEqual([own, market, none]);
  });
});
