/** The catalog: products as staff write them and shoppers read them. CASES D-19 and D-20. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  call,
  count,
  eventually,
  everyItem,
  expectProblem,
  expectStatus,
  hold,
  newId,
  newProduct,
  SHOP,
  STAFF,
  stock,
  type Page,
  type Product,
  type Stock,
} from "./api";

const FRESH = { "Cache-Control": "no-cache" };

async function create(fields: object = {}): Promise<Product> {
  const body = { productId: newId("P"), name: "Some thing", ...fields };
  return expectStatus(await call<Product>("POST /v1/products", { body }), 201);
}

function read(productId: string, headers: Record<string, string> = {}) {
  return call<Product>(`GET /v1/products/${productId}`, { key: SHOP, headers });
}

/** The entry beside the shopper, whatever its form. */
async function cached(productId: string): Promise<string | null> {
  const { keys } = await env.CATALOG.list();
  const key = keys.find(({ name }) => name.endsWith(productId));
  return key ? env.CATALOG.get(key.name) : null;
}

function patch(productId: string, body: object) {
  return call<Product>(`PATCH /v1/products/${productId}`, { body });
}

const idsOf = (rows: { productId: string }[]) => rows.map((row) => row.productId);

describe.concurrent("create", () => {
  it("answers 201 with the product, its place and its version", async () => {
    const productId = newId("P");
    const fields = {
      kind: "set",
      name: "Millennium Falcon",
      description: "A ship",
      status: "active",
      barcode: "5702015869935",
      imageUrl: "https://img.example/75192.jpg",
      tags: ["ucs", "ship"],
      attributes: { theme: "Star Wars", year: 2017, retired: false },
      price: { amount: 799.9, currency: "USD" },
      source: { name: "rebrickable", externalId: "75192-1" },
      minimumStockLevel: 10,
      maximumStockLevel: 500,
      maxPerCustomer: 2,
    };
    const answer = await call<Product>("POST /v1/products", { body: { productId, ...fields } });
    const product = expectStatus(answer, 201);
    const wanted = {
      productId,
      ...fields,
      price: { amount: "799.90", currency: "USD" },
      availability: "out_of_stock",
    };
    expect(product).toMatchObject(wanted);
    expect(product.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(answer.headers.get("Location")).toMatch(new RegExp(`/v1/products/${productId}$`));
    expect(answer.headers.get("ETag")).toBe(`"${product.version}"`);
    expect(expectStatus(await read(productId), 200)).toEqual(product);
    expect(expectStatus(await read(productId, FRESH), 200)).toEqual(product);
  });

  it("needs a name and fills in the rest", async () => {
    expect(await create({ name: "Plain" })).toMatchObject({
      kind: "item",
      name: "Plain",
      description: null,
      status: "active",
      barcode: null,
      imageUrl: null,
      tags: [],
      attributes: {},
      price: null,
      source: null,
      minimumStockLevel: 0,
      maximumStockLevel: null,
      maxPerCustomer: null,
    });
    const nameless = await call("POST /v1/products", { body: { productId: newId("P") } });
    expect(expectProblem(nameless, 400, "validation_failed").errors[0]?.path).toBe("body.name");
  });

  it("ids are case-sensitive and taken once", async () => {
    const { productId } = await create({ productId: newId("Case") });
    expectProblem(await call("POST /v1/products", { body: { productId, name: "x" } }), 409, "product_exists");
    const taken = await call("POST /v1/inventory", { body: { productId, initialQuantity: 1 } });
    expectProblem(taken, 409, "product_exists");
    await create({ productId: productId.toUpperCase() });
  });

  it("with its first stock answers the stock", async () => {
    const productId = newId("P");
    const body = { productId, initialQuantity: 7, minimumStockLevel: 10, name: "Stocked" };
    const answer = await call<Stock>("POST /v1/inventory", { body });
    expect(expectStatus(answer, 201)).toEqual({
      productId,
      name: "Stocked",
      price: null,
      overstocked: false,
      onHand: 7,
      reserved: 0,
      available: 7,
      safetyStock: 0,
      backorderLimit: 0,
      minimumStockLevel: 10,
      lowStock: true,
      oversold: false,
      version: expect.any(Number),
      updatedAt: expect.any(String),
      levels: [
        { locationId: "main", onHand: 7, reserved: 0, available: 7, safetyStock: 0, backorderLimit: 0 },
      ],
    });
    expect(answer.headers.get("ETag")).toBe(`"${answer.body.version}"`);
    expect(expectStatus(await read(productId, FRESH), 200)).toMatchObject({
      name: "Stocked",
      availability: "low_stock",
    });
  });
});

describe.concurrent("edit", () => {
  it("merges: attributes by name, null takes one away, other fields are replaced", async () => {
    const { productId } = await create({
      attributes: { theme: "City", year: 2016 },
      tags: ["a", "b"],
      description: "old",
    });
    const body = { attributes: { year: 2017, theme: null, pieces: 12 }, tags: ["c"], description: null };
    const edited = expectStatus(await patch(productId, body), 200);
    expect(edited).toMatchObject({ name: "Some thing", attributes: { year: 2017, pieces: 12 }, tags: ["c"] });
    expect(edited.description).toBeNull();
    expect(edited.attributes).not.toHaveProperty("theme");
  });

  it("that changes nothing keeps the version", async () => {
    const product = await create({ tags: ["a"], price: { amount: "10", currency: "EUR" } });
    const body = { name: product.name, tags: ["a"], price: { amount: "10.00", currency: "EUR" } };
    expect(expectStatus(await patch(product.productId, body), 200)).toEqual(product);
  });

  it("D-20: is read at once past the cache, and the cache never goes back", async () => {
    const { productId } = await create({ name: "name 0" });
    let [newest, newestKept] = [0, 0];
    const look = async () => {
      const seen = expectStatus(await read(productId), 200).version;
      expect(seen, "an older entry after a newer one").toBeGreaterThanOrEqual(newest);
      newest = seen;
      const kept = Number(/"name (\d)"/.exec((await cached(productId)) ?? "")?.[1] ?? 0);
      expect(kept, "the cache went back").toBeGreaterThanOrEqual(newestKept);
      newestKept = kept;
    };
    for (let i = 1; i <= 8; i += 1) {
      const edited = expectStatus(await patch(productId, { name: `name ${i}` }), 200);
      expect(expectStatus(await read(productId, FRESH), 200)).toEqual(edited);
      expect(await everyItem<Product>(`/v1/products?limit=100`)).toContainEqual(edited);
      for (let n = 0; n < 3; n += 1) await look();
    }
    const final = expectStatus(await read(productId, FRESH), 200);
    await eventually(
      async () => {
        await look();
        return { kept: newestKept, shown: (await read(productId)).body };
      },
      (now) => expect(now).toEqual({ kept: 8, shown: final }),
    );
  });

  it("an unknown product cannot be read or edited", async () => {
    const productId = newId("none");
    expectProblem(await read(productId), 404, "product_not_found");
    expectProblem(await read(productId, FRESH), 404, "product_not_found");
    expectProblem(await patch(productId, { name: "x" }), 404, "product_not_found");
    await create({ productId });
    expectStatus(await read(productId, FRESH), 200);
  });
});

describe.concurrent("availability", () => {
  it("follows the stock", async () => {
    const productId = await newProduct(3, { minimumStockLevel: 2 });
    const shows = (availability: string) =>
      eventually(
        () => read(productId),
        (answer) => expect(answer.body.availability).toBe(availability),
      );
    await shows("in_stock");
    await hold(productId, 2);
    await shows("low_stock");
    await hold(productId, 1);
    await shows("out_of_stock");
    const level = await call(`PATCH /v1/inventory/${productId}/levels/main`, { body: { backorderLimit: 4 } });
    expectStatus(level, 200);
    await shows("backorder");
    expectStatus(await patch(productId, { status: "suspended" }), 200);
    await shows("unavailable");
  });
});

describe.concurrent("lists", () => {
  it("D-19: a filtered list by price shows every match once while others are inserted", async () => {
    const theme = newId("Theme");
    const add = (name: string, amount: number, year = 2017) =>
      create({ kind: "set", name, attributes: { theme, year }, price: { amount, currency: "EUR" } });
    const made = await Promise.all(
      Array.from({ length: 45 }, (_, i) => add(`set ${i}`, 10 + Math.floor(i / 3))),
    );
    await Promise.all([
      add("other year", 11, 2016),
      create({ attributes: { theme: newId("Theme"), year: 2017 } }),
    ]);
    const query = `attr.theme=${encodeURIComponent(theme)}&attr.year=2017&sort=price&limit=10`;
    const seen: Product[] = [];
    for (let path: string | null = `/v1/products?${query}`, n = 0; path !== null; n += 1) {
      const answer: Awaited<ReturnType<typeof call<Page<Product>>>> = await call<Page<Product>>(
        `GET ${path}`,
      );
      seen.push(...expectStatus(answer, 200).items);
      await Promise.all([
        add(`late and cheap ${n}`, 1),
        add(`late and dear ${n}`, 100),
        add(`late between ${n}`, 15),
      ]);
      path = answer.body.nextCursor
        ? `/v1/products?${query}&cursor=${encodeURIComponent(answer.body.nextCursor)}`
        : null;
      if (n > 40) expect.fail("the list does not end");
    }
    const ids = idsOf(seen);
    expect(new Set(ids).size, "none twice").toBe(ids.length);
    expect(
      idsOf(made).filter((id) => !ids.includes(id)),
      "none left out",
    ).toEqual([]);
    const prices = seen.map((product) => Number(product.price?.amount));
    expect(prices).toEqual(prices.toSorted((a, b) => a - b));
    for (const product of seen) expect(product.attributes).toMatchObject({ theme, year: 2017 });
  });

  it("filters narrow, alone and together", async () => {
    const tag = newId("tag");
    const barcode = String(Date.now());
    const set = await create({
      kind: "set",
      tags: [tag, "x"],
      price: { amount: "20.00", currency: "EUR" },
      barcode,
    });
    const item = await create({
      tags: [tag],
      price: { amount: "9.99", currency: "EUR" },
      status: "inactive",
    });
    const bare = await create({ tags: [tag], attributes: { colour: "red" } });
    const stocked = await newProduct(5, { tags: [tag] });
    const rows: [query: string, found: string[]][] = [
      ["", [set.productId, item.productId, bare.productId, stocked]],
      ["&kind=set", [set.productId]],
      ["&status=inactive", [item.productId]],
      [`&barcode=${barcode}`, [set.productId]],
      ["&minPrice=10", [set.productId]],
      ["&maxPrice=9.99", [item.productId]],
      ["&minPrice=9.99&maxPrice=20", [set.productId, item.productId]],
      ["&availability=in_stock", [stocked]],
      ["&availability=unavailable", [item.productId]],
      ["&attr.colour=red", [bare.productId]],
      ["&attr.colour=blue", []],
      ["&kind=set&maxPrice=19", []],
    ];
    for (const [query, found] of rows) {
      await eventually(
        () => everyItem<Product>(`/v1/products?tag=${tag}${query}`),
        (seen) => expect(idsOf(seen).sort(), query).toEqual([...found].sort()),
      );
    }
    await eventually(
      () => everyItem<Stock>(`/v1/inventory?tag=${tag}&availability=in_stock`),
      (seen) => expect(seen).toMatchObject([{ productId: stocked, onHand: 5, available: 5 }]),
    );
  });

  it.each([
    { sort: "name", order: ["a", "b", "c"] },
    { sort: "-name", order: ["c", "b", "a"] },
    { sort: "price", order: ["b", "a", "c"] },
    { sort: "-price", order: ["c", "a", "b"] },
    { sort: "createdAt", order: ["c", "b", "a"] },
    { sort: "-createdAt", order: ["a", "b", "c"] },
  ])("sort=$sort, also page by page", async ({ sort, order }) => {
    const tag = newId("tag");
    for (const [name, amount] of [
      ["c", 3],
      ["b", 1],
      ["a", 2],
    ]) {
      await create({ name, tags: [tag], price: { amount, currency: "EUR" } });
    }
    for (const limit of [100, 1]) {
      const seen = await everyItem<Product>(`/v1/products?tag=${tag}&sort=${sort}&limit=${limit}`);
      expect(seen.map((product) => product.name)).toEqual(order);
    }
  });

  it("a deleted product is gone from lists and cache", async () => {
    const tag = newId("tag");
    const productId = await newProduct(0, { tags: [tag] });
    expectStatus(await read(productId), 200);
    expectStatus(await call(`DELETE /v1/products/${productId}`, { key: "admin-demo" }), 204);
    expect(await everyItem<Product>(`/v1/products?tag=${tag}`)).toEqual([]);
    await eventually(
      () => read(productId),
      (answer) => expect(answer.status).toBe(404),
    );
    expectProblem(await read(productId, FRESH), 404, "product_not_found");
  });

  it("the stock list agrees with each product's own answer", async () => {
    const tag = newId("tag");
    const ids = [await newProduct(5, { tags: [tag] }), await newProduct(9, { tags: [tag] })];
    for (const productId of ids) await hold(productId, 2);
    expectStatus(await count(ids[0] ?? "", { newQuantity: 50 }), 200);
    const truth = await Promise.all(ids.map((productId) => stock(productId, STAFF)));
    await eventually(
      () => everyItem<Stock>(`/v1/inventory?tag=${tag}&sort=createdAt`),
      (rows) =>
        expect(rows).toMatchObject(
          truth.map(({ productId, onHand, reserved, available, levels }) => ({
            productId,
            onHand,
            reserved,
            available,
            levels,
          })),
        ),
    );
  });
});
