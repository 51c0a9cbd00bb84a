/** Import and export: the catalog in one call, row by row. CASES D-18 (its import), D-22, D-02. */
import { describe, expect, it } from "vitest";
import {
  ADMIN,
  call,
  events,
  everyItem,
  expectProblem,
  expectStatus,
  newId,
  SHOP,
  STAFF,
  stock,
  type Product,
} from "./api";
import { CSV, importFile, JSON_ARRAY, NDJSON, ndjson, product } from "./import-api";

async function exported(type: string): Promise<string> {
  const answer = await call("GET /v1/products/export", { key: SHOP, headers: { Accept: type } });
  expectStatus(answer, 200);
  expect(answer.headers.get("Content-Type")).toMatch(new RegExp(`^${type}`));
  return answer.text;
}

describe("import", () => {
  it.each([
    { type: NDJSON, write: ndjson },
    { type: JSON_ARRAY, write: (rows: object[]) => JSON.stringify(rows) },
  ])(
    "$type: a result per row in order; a broken row is told and does not disturb its neighbours",
    async ({ type, write }) => {
      const [first, last] = [newId("I"), newId("I")];
      const rows = [
        {
          productId: first,
          name: "First",
          kind: "set",
          attributes: { year: 2017 },
          price: { amount: "9.5", currency: "EUR" },
        },
        { productId: "no good", name: "Broken" },
        { productId: newId("I"), name: "Negative", minimumStockLevel: -1 },
        { productId: newId("I"), name: "Misspelt", colour: "red" },
        { productId: "low-stock", name: "A route word" },
        { productId: last, name: "Last" },
      ];
      const told = await importFile(type, write(rows));
      expect(told.rows, told.text).toHaveLength(6);
      expect(told.rows[0]).toMatchObject({
        productId: first,
        result: "created",
        version: expect.any(Number),
      });
      for (const row of told.rows.slice(1, 5)) {
        expect(row.result, told.text).toBe("error");
        expect(row.error?.errors.length, told.text).toBeGreaterThan(0);
      }
      expect(told.rows[5]).toMatchObject({ productId: last, result: "created" });
      expect(told.summary).toMatchObject({ rows: 6, created: 2, updated: 0, unchanged: 0, errors: 4 });
      expect(await product(first)).toMatchObject({
        name: "First",
        kind: "set",
        attributes: { year: 2017 },
        price: { amount: "9.50", currency: "EUR" },
      });
      expect(await stock(last)).toMatchObject({ onHand: 0 });
    },
  );

  it("CSV: columns by name, in any order, quoted where they must be", async () => {
    const [first, second] = [newId("I"), newId("I")];
    const told = await importFile(
      CSV,
      [
        "name,productId,kind,minimumStockLevel,barcode",
        `"Falcon, ""the"" ship",${first},set,3,0123456789012`,
        `no id,,set,3,`,
        `"two\nlines",${second},set,,`,
        "",
      ].join("\r\n"),
    );
    expect(
      told.rows.map((row) => row.result),
      told.text,
    ).toEqual(["created", "error", "created"]);
    expect(told.summary).toMatchObject({ created: 2, errors: 1 });
    expect(await product(first)).toMatchObject({
      name: 'Falcon, "the" ship',
      kind: "set",
      minimumStockLevel: 3,
      barcode: "0123456789012",
    });
    expect(await product(second)).toMatchObject({ name: "two\nlines", minimumStockLevel: 0 });
  });

  it("a line that is no JSON fails alone", async () => {
    const [first, last] = [newId("I"), newId("I")];
    const lines = [
      JSON.stringify({ productId: first, name: "a" }),
      "{oops",
      "",
      JSON.stringify({ productId: last, name: "b" }),
    ];
    const told = await importFile(NDJSON, lines.join("\n"));
    expect(
      told.rows.map((row) => row.result),
      told.text,
    ).toEqual(["created", "error", "created"]);
    expect(told.rows[2]).toMatchObject({ productId: last });
  });

  it("D-18: some hundred sets come in, and a repeat finds nothing to do", async () => {
    const run = newId("set");
    const sets = Array.from({ length: 400 }, (_, i) => ({
      productId: `${run}.${i}`,
      kind: "set",
      name: `Set ${i}`,
      tags: ["lego"],
      attributes: { theme: i % 2 ? "Space" : "Town", year: 1970 + (i % 50), pieces: i * 7 },
      price: { amount: `${i}.99`, currency: "USD" },
      source: { name: "rebrickable", externalId: `${i}-1` },
    }));
    const first = await importFile(NDJSON, ndjson(sets));
    expect(first.rows.map((row) => row.productId)).toEqual(sets.map((set) => set.productId));
    expect(first.summary).toMatchObject({ created: 400, updated: 0, unchanged: 0, errors: 0 });
    const listed = await everyItem<Product>("/v1/products?tag=lego&limit=100");
    expect(listed.map((row) => row.productId).sort(), "at once in the list").toEqual(
      sets.map((set) => set.productId).sort(),
    );

    const again = await importFile(NDJSON, ndjson(sets));
    expect(again.summary).toMatchObject({ created: 0, updated: 0, unchanged: 400, errors: 0 });
    expect(again.rows.map((row) => row.version)).toEqual(first.rows.map((row) => row.version));

    const changed = sets.map((set, i) => (i === 7 ? { ...set, name: "Renamed" } : set));
    const third = await importFile(JSON_ARRAY, JSON.stringify(changed));
    expect(third.summary).toMatchObject({ created: 0, updated: 1, unchanged: 399, errors: 0 });
    expect(third.rows[7]).toMatchObject({ result: "updated" });
    expect((await product(`${run}.7`)).name).toBe("Renamed");
    const log = await events({ productId: `${run}.8` });
    expect(log.map((event) => event.type)).toEqual(["product.created"]);
  }, 60_000);

  it.each([
    [NDJSON, (id: string, name: string) => `\uFEFF${ndjson([{ productId: id, name }])}`],
    [JSON_ARRAY, (id: string, name: string) => `\uFEFF [ ${JSON.stringify({ name, productId: id })} ]`],
    [CSV, (id: string, name: string) => `\uFEFFproductId,name\r\n${id},"${name}"\r\n`],
  ])("%s may arrive in pieces that cut lines and letters anywhere", async (type, write) => {
    const [productId, name] = [newId("I"), "Zoë, 🚀 & Søn [1]"];
    const bytes = new TextEncoder().encode(write(productId, name));
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < bytes.length; i += 3) controller.enqueue(bytes.slice(i, i + 3));
        controller.close();
      },
    });
    const told = await importFile(type, pieces);
    expect(told.summary, told.text).toMatchObject({ rows: 1, created: 1, errors: 0 });
    expect((await product(productId)).name).toBe(name);
  });

  it("413 for more than 25 MiB", async () => {
    const body = "\n".repeat(25 * 1024 * 1024 + 1);
    const headers = { "Content-Type": NDJSON };
    expectProblem(
      await call("POST /v1/products/import", { key: ADMIN, body, headers }),
      413,
      "body_too_large",
    );
  });

  it("the same product twice in one file: the second row sees the first", async () => {
    const productId = newId("I");
    const told = await importFile(
      NDJSON,
      ndjson([
        { productId, name: "one" },
        { productId, name: "two" },
      ]),
    );
    expect(told.rows.map((row) => row.result)).toEqual(["created", "updated"]);
    expect((await product(productId)).name).toBe("two");
  });

  it("D-22: two coins with one symbol are two products", async () => {
    const coins = [newId("coin"), newId("coin")].map((productId) => ({
      productId,
      name: "Gold",
      kind: "asset",
      attributes: { symbol: "GOLD" },
    }));
    expect((await importFile(NDJSON, ndjson(coins))).summary).toMatchObject({ created: 2, errors: 0 });
    expect(await everyItem<Product>("/v1/products?attr.symbol=GOLD")).toHaveLength(2);
  });

  it("leaves stock and what the file does not say alone", async () => {
    const productId = newId("I");
    const body = { productId, initialQuantity: 5, name: "Before" };
    expectStatus(await call("POST /v1/inventory", { body }), 201);
    expectStatus(await call(`PATCH /v1/products/${productId}`, { body: { description: "kept" } }), 200);
    await importFile(NDJSON, ndjson([{ productId, name: "After" }]));
    expect(await product(productId)).toMatchObject({ name: "After", description: "kept" });
    expect(await stock(productId)).toMatchObject({ onHand: 5 });
  });

  it("brings back what was deleted, and its version goes on", async () => {
    const productId = newId("I");
    const file = ndjson([{ productId, name: "Phoenix" }]);
    await importFile(NDJSON, file);
    expectStatus(await call(`DELETE /v1/products/${productId}`, { key: ADMIN }), 204);
    const [row] = (await importFile(NDJSON, file)).rows;
    expect(row).toMatchObject({ productId, result: "created" });
    expect(row?.version).toBeGreaterThan(2);
    expect((await product(productId)).name).toBe("Phoenix");
  });

  it.each([STAFF, SHOP])("is not for %s", async (key) => {
    const headers = { "Content-Type": NDJSON };
    expectProblem(await call("POST /v1/products/import", { key, body: "{}", headers }), 403, "forbidden");
  });

  it("415 for a form that is not read", async () => {
    const headers = { "Content-Type": "application/xml" };
    const answer = await call("POST /v1/products/import", { key: ADMIN, body: "<x/>", headers });
    expectProblem(answer, 415, "unsupported_media_type");
  });
});

describe("export", () => {
  it.each([NDJSON, CSV])(
    "%s imports back without a change, and restores what was edited since",
    async (type) => {
      const productId = newId("E");
      const rich = {
        productId,
        name: 'Quoted, "and"\ntwo lines',
        kind: "set",
        description: null,
        barcode: "0012",
        tags: ["a", "b c"],
        attributes: { theme: "Star Wars", year: 2017, retired: true, code: "0017" },
        price: { amount: "649.99", currency: "USD" },
        source: { name: "rebrickable", externalId: "75192-1" },
        minimumStockLevel: 4,
        maximumStockLevel: 9,
        maxPerCustomer: 2,
      };
      await importFile(NDJSON, ndjson([rich, { productId: newId("E"), name: "Bare" }]));
      const file = await exported(type);
      expect(file).toContain(productId);

      const back = await importFile(type, file);
      expect(
        back.rows.filter((row) => row.result !== "unchanged"),
        "rows that did not come back the same",
      ).toEqual([]);
      expect(back.summary).toMatchObject({ created: 0, updated: 0, errors: 0 });

      const edit = {
        name: "Spoilt",
        attributes: { year: 1, extra: "x", theme: null },
        price: null,
        tags: [],
      };
      expectStatus(await call(`PATCH /v1/products/${productId}`, { body: edit }), 200);
      expect((await importFile(type, file)).summary).toMatchObject({ created: 0, updated: 1, errors: 0 });
      const { price, tags, name } = rich;
      expect(await product(productId)).toMatchObject({ name, price, tags });
      expect((await product(productId)).attributes).toMatchObject(rich.attributes);
    },
  );

  it("has every product once, and CSV that a reader of CSV can read", async () => {
    const productId = newId("E");
    await importFile(NDJSON, ndjson([{ productId, name: "=cmd()" }]));
    const ids = (await exported(NDJSON))
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as Product).productId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain(productId);
    expect((await exported(CSV)).split(/\r?\n/)[0]?.split(",")).toContain("productId");
  });
});
