/** An import as a whole: its bytes, its blank lines, its idempotency key. */
import { describe, expect, it } from "vitest";
import { MAX_IMPORT_ROWS } from "../../src/limits";
import { ADMIN, call, everyItem, expectProblem, expectStatus, newId, type Product } from "./api";
import { CSV, importFile, JSON_ARRAY, NDJSON, ndjson, product } from "./import-api";

function streamOf(body: string | Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(typeof body === "string" ? new TextEncoder().encode(body) : body);
      controller.close();
    },
  });
}

describe("an import", () => {
  it.each([
    ["line ends", "\n", NDJSON, ""],
    ["lines of a space", " \n", NDJSON, ""],
    ["lines of spaces and tabs", " \t  \r\n", NDJSON, ""],
    ["line ends after a CSV's head", "\n", CSV, "productId,name\n"],
    ["lines of a space after a CSV's head", " \n", CSV, "productId,name\n"],
  ])("24 MiB of %s are no rows, and quickly none", async (_, line, type, head) => {
    const productId = newId("I");
    const last = type === CSV ? `${productId},Last` : JSON.stringify({ productId, name: "Last" });
    const blank = line.repeat((24 * 1024 * 1024) / line.length);
    const startedAt = performance.now();
    const told = await importFile(type, head + blank + last);
    expect(told.summary).toMatchObject({ rows: 1, created: 1, errors: 0 });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it("shows at once what was looked for in vain a moment ago", async () => {
    const productId = newId("I");
    expectProblem(await call(`GET /v1/products/${productId}`), 404, "product_not_found");
    await importFile(NDJSON, ndjson([{ productId, name: "Here" }]));
    expectStatus(await call(`GET /v1/products/${productId}`), 200);
  });

  it.each([{}, { "Idempotency-Key": newId("key") }])(
    "in a JSON array an element of bytes that are not UTF-8 fails alone: %o",
    async (more) => {
      const [productId, last] = [newId("I"), newId("I")];
      const bytes = new TextEncoder().encode(
        JSON.stringify([
          { productId, name: "??" },
          { productId: last, name: "Last" },
        ]),
      );
      const body = streamOf(bytes.map((byte) => (byte === 0x3f ? 0xff : byte)));
      const told = await importFile(JSON_ARRAY, body, more);
      expect(told.rows[0]).toMatchObject({ result: "error", error: { errors: [{ code: "not_utf8" }] } });
      expect(told.rows[1]).toMatchObject({ productId: last, result: "created" });
      expectProblem(await call(`GET /v1/inventory/${productId}`), 404, "product_not_found");
    },
  );

  it("of a JSON array with bad elements tells each, and takes its neighbours", async () => {
    const [first, second, last] = [newId("I"), newId("I"), newId("I")];
    const good = (productId: string) => JSON.stringify({ productId, name: 'Brackets ]},[{ "in" \\ text' });
    const long = JSON.stringify({ productId: newId("I"), name: "x".repeat(70_000) });
    const deep = `${"[".repeat(17)}${"]".repeat(17)}`;
    const elements = [good(first), "{oops}", "}", long, good(second), deep, "", "1 2", "null", good(last)];
    const told = await importFile(JSON_ARRAY, ` [ ${elements.join(" ,\n ")} ] \n`);
    expect(
      told.rows.map(({ result, error }) => error?.errors[0]?.code ?? result),
      told.text,
    ).toEqual([
      "created",
      "malformed_json",
      "malformed_json",
      "too_long",
      "created",
      "too_deep",
      "malformed_json",
      "malformed_json",
      "invalid_type",
      "created",
    ]);
    expect(told.summary).toMatchObject({ rows: 10, created: 3, errors: 7 });
    expect((await product(second)).name).toBe('Brackets ]},[{ "in" \\ text');
  });

  it.each([
    ["", "malformed_json"],
    [" \n", "malformed_json"],
    ["oops", "malformed_json"],
    ["{} []", "malformed_json"],
    ["[", "malformed_json"],
    ['[{"name":"never closed"', "malformed_json"],
    ["[] 1", "malformed_json"],
    ["null", "validation_failed"],
    [' {"productId":"x","name":"x"}', "validation_failed"],
  ])("of JSON that is no array is refused whole: %j", async (body, code) => {
    const headers = { "Content-Type": JSON_ARRAY };
    const answer = await call("POST /v1/products/import", { key: ADMIN, body: streamOf(body), headers });
    expectProblem(answer, 400, code);
  });

  it.each([",", ",1", "] 1", "]]", ',{"name":"never'])(
    "of a JSON array that breaks off with %j says so last, after the rows before it",
    async (end) => {
      const productId = newId("I");
      const told = await importFile(JSON_ARRAY, `[${JSON.stringify({ productId, name: "In" })}${end}`);
      expect(told.rows, told.text).toMatchObject([
        { productId, result: "created" },
        { productId: null, result: "error", error: { code: "malformed_json" } },
      ]);
      expect(told.summary).toMatchObject({ rows: 2, created: 1, errors: 1 });
    },
  );

  it.each([
    ["brackets that are closed", "[", "]"],
    ["brackets of objects", '{"a":', "}"],
    ["brackets that are never closed", "[", ""],
  ])("24 MiB of %s are bounded", async (_, open, close) => {
    const times = Math.floor((24 * 1024 * 1024) / (open.length + close.length));
    const productId = newId("I");
    const end = close === "" ? "" : `,${JSON.stringify({ productId, name: "Last" })}]`;
    const body = `[${open.repeat(times)}${close.repeat(times)}${end}`;
    const headers = { "Content-Type": JSON_ARRAY };
    const startedAt = performance.now();
    if (close === "") {
      const answer = await call("POST /v1/products/import", { key: ADMIN, body, headers });
      expectProblem(answer, 400, "malformed_json");
    } else {
      const told = await importFile(JSON_ARRAY, body);
      expect(told.rows).toMatchObject([
        { result: "error", error: { errors: [{ code: "too_long" }] } },
        { productId, result: "created" },
      ]);
    }
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it.each([
    [JSON_ARRAY, "[", "1,"],
    [NDJSON, "", "1\n"],
    [CSV, "productId,name\n", "a\n"],
  ])(
    "%s with too many rows says so last and reads no further",
    async (type, head, row) => {
      const told = await importFile(type, head + row.repeat(MAX_IMPORT_ROWS + 50_000));
      expect(told.rows).toHaveLength(MAX_IMPORT_ROWS + 1);
      expect(told.rows.at(-2)?.error?.code).toBe("validation_failed");
      expect(told.rows.at(-1)).toMatchObject({
        productId: null,
        result: "error",
        error: { code: "validation_failed", errors: [{ path: "body", code: "too_many_rows" }] },
      });
      expect(told.summary).toMatchObject({ rows: MAX_IMPORT_ROWS + 1, errors: MAX_IMPORT_ROWS + 1 });
    },
    60_000,
  );

  it("of many rows of one product does not wait for the book at each; its last is in the list", async () => {
    const productId = newId("I");
    const rows = Array.from({ length: 500 }, (_, i) => ({
      productId,
      name: "Same",
      tags: [`${productId}.${i}`],
    }));
    const startedAt = performance.now();
    const told = await importFile(NDJSON, ndjson(rows));
    expect(performance.now() - startedAt).toBeLessThan(40_000);
    expect(told.summary).toMatchObject({ created: 1, updated: 499, errors: 0 });
    const listed = await everyItem<Product>(`/v1/products?tag=${productId}.499`);
    expect(listed.map((one) => one.productId)).toEqual([productId]);
  }, 120_000);

  it.each([
    [NDJSON, ndjson],
    [JSON_ARRAY, (rows: object[]) => JSON.stringify(rows)],
  ])(
    "%s under a key: D-07: a repeat has the same results; D-08: another file is refused",
    async (type, write) => {
      const [a, b] = [newId("I"), newId("I")];
      const rows = [
        { productId: a, name: "A" },
        { productId: b, name: "B", price: { amount: "1.00", currency: "USD" } },
        { productId: "no good", name: "bad" },
      ];
      const key = { "Idempotency-Key": newId("key") };
      const first = await importFile(type, write(rows), key);
      expect([first.replayed, first.summary]).toMatchObject([null, { created: 2, errors: 1 }]);
      expectStatus(await call(`PATCH /v1/products/${a}`, { body: { name: "Edited since" } }), 200);
      const again = await importFile(type, write(rows), key);
      expect(again.replayed).toBe("true");
      expect(again.rows).toEqual(first.rows);
      expect((await product(a)).name, "no row has an effect twice").toBe("Edited since");
      for (const other of [rows.toReversed(), rows.slice(0, 1)]) {
        const headers = { "Content-Type": type, ...key };
        const answer = await call("POST /v1/products/import", { key: ADMIN, body: write(other), headers });
        expectProblem(answer, 422, "idempotency_key_reused");
      }
      const without = await importFile(type, write(rows));
      expect([without.replayed, without.summary]).toMatchObject([null, { updated: 1, unchanged: 1 }]);
    },
  );

  it("that is refused whole leaves its key free; a body over the limit is refused under a key too", async () => {
    const headers = { "Content-Type": JSON_ARRAY, "Idempotency-Key": newId("key") };
    const request = "POST /v1/products/import";
    expectProblem(await call(request, { key: ADMIN, body: "{}", headers }), 400, "validation_failed");
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < 26; i += 1) controller.enqueue(new Uint8Array(1024 * 1024).fill(0x20));
        controller.close();
      },
    });
    expectProblem(await call(request, { key: ADMIN, body, headers }), 413, "body_too_large");
    const { "Content-Type": type, ...key } = headers;
    expect((await importFile(type, "[]", key)).replayed).toBeNull();
  });
});
