/** An import as a whole: its bytes, its blank lines, its idempotency key. */
import { describe, expect, it } from "vitest";
import { ADMIN, call, expectProblem, expectStatus, newId } from "./api";
import { CSV, importFile, JSON_ARRAY, NDJSON, ndjson, product } from "./import-api";

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
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  it("shows at once what was looked for in vain a moment ago", async () => {
    const productId = newId("I");
    expectProblem(await call(`GET /v1/products/${productId}`), 404, "product_not_found");
    await importFile(NDJSON, ndjson([{ productId, name: "Here" }]));
    expectStatus(await call(`GET /v1/products/${productId}`), 200);
  });

  it.each([{}, { "Idempotency-Key": newId("key") }])(
    "a JSON array of bytes that are not UTF-8 is refused whole: %o",
    async (more) => {
      const productId = newId("I");
      const bytes = new TextEncoder().encode(JSON.stringify([{ productId, name: "??" }]));
      const broken = bytes.map((byte) => (byte === 0x3f ? 0xff : byte));
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(broken);
          controller.close();
        },
      });
      const headers = { "Content-Type": JSON_ARRAY, ...more };
      const answer = await call("POST /v1/products/import", { key: ADMIN, body, headers });
      expectProblem(answer, 400, "malformed_json");
      expectProblem(await call(`GET /v1/inventory/${productId}`), 404, "product_not_found");
    },
  );

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
