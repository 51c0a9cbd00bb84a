/** What comes in over HTTP, byte by byte: free JSON, encodings, bodies, cursors, If-Match, prices. */
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  ADMIN,
  call,
  count,
  expectProblem,
  expectStatus,
  hold,
  newId,
  newProduct,
  stock,
  unchanged,
  type Answer,
  type Problem,
  type Product,
} from "./api";

const JSON_TYPE = { "Content-Type": "application/json" };

type Invalid = Problem & { errorCount: number };

function expectInvalid(answer: Answer<unknown>): Invalid {
  return expectProblem(answer, 400, "validation_failed") as Invalid;
}

/** `{"a":{"a":…1…}}`, this many objects one in another. */
function nested(levels: number): string {
  return `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
}

function reserveWith(productId: string, metadata: string): Promise<Answer<unknown>> {
  const body = `{"quantity":1,"metadata":${metadata}}`;
  return call(`POST /v1/inventory/${productId}/reserve`, { body, headers: JSON_TYPE });
}

/** A request whose bytes are no text, which `call` could not send. */
async function sendBytes(request: string, bytes: number[], type = "application/json") {
  const [method = "", path = ""] = request.split(" ");
  const headers = { "X-API-Key": ADMIN, "Content-Type": type };
  const init = { method, headers, body: new Uint8Array(bytes) };
  const response = await exports.default.fetch(new Request(new URL(path, "https://holdfast.test"), init));
  const text = await response.text();
  return {
    request,
    status: response.status,
    headers: response.headers,
    text,
    body: JSON.parse(text) as unknown,
  };
}

function bytesOf(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

describe("free JSON", () => {
  it("is taken eight levels deep, and not nine, nor a hundred thousand", async () => {
    const productId = await newProduct(10);
    expectStatus(await reserveWith(productId, nested(8)), 201);
    for (const metadata of [
      nested(9),
      nested(999),
      nested(100_000),
      `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
    ]) {
      const { errors } = expectInvalid(await unchanged(productId, () => reserveWith(productId, metadata)));
      expect(errors).toMatchObject([{ path: "body.metadata", code: "too_deep" }]);
    }
  });

  it("may be 4 KiB, counted in bytes", async () => {
    const productId = await newProduct(10);
    const filled = (chars: number) => JSON.stringify({ text: "é".repeat(chars) });
    expectStatus(await reserveWith(productId, filled(2042)), 201);
    expectInvalid(await reserveWith(productId, filled(2043)));
  });

  it.each([
    { metadata: '{"__proto__":{"a":1}}', path: "body.metadata.__proto__" },
    { metadata: '{"\\u005f_proto__":1}', path: "body.metadata.__proto__" },
    { metadata: '{"constructor":1}', path: "body.metadata.constructor" },
    { metadata: '{"a":[{"prototype":1}]}', path: "body.metadata.a[0].prototype" },
    { metadata: '{"a":["x","\\ud800"]}', path: "body.metadata.a[1]" },
  ])("refuses $metadata by name", async ({ metadata, path }) => {
    const productId = await newProduct(10);
    const { errors } = expectInvalid(await unchanged(productId, () => reserveWith(productId, metadata)));
    expect(errors.map((error) => error.path)).toEqual([path]);
  });

  it("keeps words that only look like those names", async () => {
    const productId = await newProduct(10);
    const metadata = { kind: "prototype", proto: "__proto__", text: "\u{1f600}", list: [null, true, 1.5] };
    const { reservationId } = await hold(productId, 1, { metadata });
    expect(expectStatus(await call(`GET /v1/reservations/${reservationId}`), 200)).toMatchObject({
      metadata,
    });
  });

  it.each([
    ['"attributes":{"__proto__":"x"}', "body.attributes.__proto__"],
    ['"attributes":{"constructor":"x"}', "body.attributes.constructor"],
    ['"attributes":{"theme":"\\udc00"}', "body.attributes.theme"],
    ['"description":"\\ud800"', "body.description"],
    ['"imageUrl":"https://x.test/\\ud800"', "body.imageUrl"],
    ['"__proto__":{"kind":"x"}', "body.__proto__"],
    ['"tags":["\\ud800"]', "body.tags[0]"],
  ])("a product with %s is refused, however it is sent", async (field, path) => {
    const productId = newId("P");
    const product = `{"productId":"${productId}","name":"P",${field}}`;
    const single = await call("POST /v1/products", { body: product, headers: JSON_TYPE });
    expect(expectInvalid(single).errors.map((error) => error.path)).toContain(path);
    for (const [type, body] of [
      ["application/x-ndjson", `${product}\n`],
      ["application/json", `[${product}]`],
    ] as const) {
      const headers = { "Content-Type": type };
      const answer = await call("POST /v1/products/import", { key: ADMIN, body, headers });
      expectStatus(answer, 200);
      const row = JSON.parse(answer.text.split("\n")[0] ?? "") as { error: Invalid };
      expect(row.error.errors.map((error) => error.path)).toContain(path.replace("body", "row"));
    }
    expectProblem(await call(`GET /v1/inventory/${productId}`), 404, "product_not_found");
  });

  it.each(["__proto__", "constructor", "prototype"])("no filter and no column is named %s", async (name) => {
    const { errors } = expectInvalid(await call(`GET /v1/products?attr.${name}=x`));
    expect(errors).toMatchObject([{ path: `query.attributes.${name}` }]);
    expectInvalid(await call(`GET /v1/inventory?attr.${name}=x`));
    expectInvalid(await call(`GET /v1/products?${name}=x`));
    const body = `productId,name,attributes.${name}\n${newId("P")},P,x\n`;
    const headers = { "Content-Type": "text/csv" };
    expectInvalid(await call("POST /v1/products/import", { key: ADMIN, body, headers }));
  });

  it("a row of many that has such a name is that row's own error", async () => {
    const productId = await newProduct(10);
    const row = (metadata: string) =>
      `{"op":"reserve","productId":"${productId}","quantity":1,"metadata":${metadata}}`;
    const body = `{"operations":[${row('{"a":1}')},${row('{"__proto__":1}')},${row(nested(999))}]}`;
    const answer = expectStatus(
      await call<{ results: { applied: boolean; errors?: { path: string }[] }[] }>(
        "POST /v1/inventory/bulk",
        {
          body,
          headers: JSON_TYPE,
        },
      ),
      200,
    );
    expect(answer.results.map((result) => result.applied)).toEqual([true, false, false]);
    expect(answer.results.map((result) => result.errors?.map((error) => error.path))).toEqual([
      undefined,
      ["body.operations[1].metadata.__proto__"],
      ["body.operations[2].metadata"],
    ]);
  });
});

describe("text", () => {
  it("that is not UTF-8 is refused in a body, and nothing is stored of it", async () => {
    const productId = newId("P");
    const [before = "", after = ""] = `{"productId":"${productId}","name":"Caf?"}`.split("?");
    const latin1 = [...bytesOf(before), 0xe9, ...bytesOf(after)];
    expectProblem(await sendBytes("POST /v1/products", latin1), 400, "malformed_json");
    expectProblem(await call(`GET /v1/inventory/${productId}`), 404, "product_not_found");
  });

  it("may begin with a byte order mark", async () => {
    const productId = newId("P");
    const body = [0xef, 0xbb, 0xbf, ...bytesOf(`{"productId":"${productId}","name":"Café"}`)];
    const { body: made } = await sendBytes("POST /v1/products", body);
    expect(made).toMatchObject({ productId, name: "Café" });
  });

  it.each(["application/json; charset=iso-8859-1", "text/csv; charset=windows-1252"])(
    "in another charset is 415: %s",
    async (type) => {
      const request = type.startsWith("text") ? "POST /v1/products/import" : "POST /v1/products";
      const answer = await call(request, { key: ADMIN, body: "{}", headers: { "Content-Type": type } });
      expectProblem(answer, 415, "unsupported_media_type");
    },
  );

  it.each([
    "GET /v1/products?tag=caf%E9",
    "GET /v1/products?attr.theme=%ED%A0%80",
    "GET /v1/products?attr.%FF=x",
    "GET /v1/products/caf%E9",
    "GET /v1/webhooks/wh_%E9",
    "DELETE /v1/products/x?force=true&reason=%C3",
  ])("percent-encoded in %s is not UTF-8", async (request) => {
    expectInvalid(await call(request, { key: ADMIN }));
  });

  it.each(["GET /v1/products?tag=caf%C3%A9", "GET /v1/products?tag=100%", "GET /v1/products?tag=%EF%BF%BD"])(
    "in %s is fine",
    async (request) => {
      expectStatus(await call(request), 200);
    },
  );
});

describe("a body where none is read", () => {
  const request = "DELETE /v1/products/{productId}";

  it.each([
    { body: '{"force":true,"reason":"x"}', code: "validation_failed", paths: ["body.force", "body.reason"] },
    { body: '{"__proto__":1}', code: "validation_failed", paths: ["body.__proto__"] },
    { body: "[]", code: "validation_failed", paths: ["body"] },
    { body: "null", code: "validation_failed", paths: ["body"] },
    { body: '{"force":', code: "malformed_json", paths: undefined },
  ])("is refused: $body", async ({ body, code, paths }) => {
    const productId = await newProduct(0);
    const options = { key: ADMIN, body, headers: JSON_TYPE };
    const refused = expectProblem(await call(request.replace("{productId}", productId), options), 400, code);
    expect((refused as Partial<Problem>).errors?.map((error) => error.path)).toEqual(paths);
    expectStatus(await call(`GET /v1/inventory/${productId}`), 200);
  });

  it.each(["", "{}", " { } "])("is fine when it says nothing: %j", async (body) => {
    const productId = await newProduct(0);
    const options = { key: ADMIN, body, headers: JSON_TYPE };
    expectStatus(await call(request.replace("{productId}", productId), options), 204);
  });

  it("is refused by other such routes too", async () => {
    const { reservationId } = await hold(await newProduct(1), 1);
    const body = { reason: "changed my mind" };
    expectInvalid(await call(`DELETE /v1/reservations/${reservationId}`, { body }));
    expectInvalid(await call("POST /v1/admin/products/x/verify", { key: ADMIN, body }));
  });
});

describe("a cursor in a body", () => {
  it("that is not ours is named where it stands", async () => {
    const answer = await call("POST /v1/admin/verify", { key: ADMIN, body: { cursor: "garbage" } });
    expect(expectInvalid(answer).errors).toMatchObject([{ path: "body.cursor", code: "invalid_cursor" }]);
    const list = await call("GET /v1/inventory?cursor=garbage");
    expect(expectInvalid(list).errors).toMatchObject([{ path: "query.cursor", code: "invalid_cursor" }]);
  });
});

describe("If-Match with several versions", () => {
  it("holds if any of them does, else tells the highest", async () => {
    const productId = await newProduct(10);
    const { version } = await stock(productId);
    const put = (ifMatch: string, body: object = {}) =>
      count(productId, { newQuantity: 20, ...body }, { headers: { "If-Match": ifMatch } });
    const refused = await unchanged(productId, () => put(`"${version - 1}", "${version + 7}", "0"`));
    expect(expectProblem(refused, 412, "version_conflict")).toMatchObject({
      expected: version + 7,
      current: version,
    });
    expectProblem(await put(`"${version}", "${version + 1}"`, { version: version + 1 }), 412);
    expectInvalid(await put(`"${version}", "${version + 1}"`, { version: version + 2 }));
    expectStatus(await put(`"${version + 9}", "${version}"`), 200);
  });
});

describe("a price", () => {
  it.each([
    ["1e-7", "0.0000001"],
    ['"1e-7"', "0.0000001"],
    ["1.5e3", "1500.00"],
    ['"1.5E+3"', "1500.00"],
    ["0.00000012", "0.00000012"],
    ["999999999999999", "999999999999999.00"],
    ["1e-18", "0.000000000000000001"],
  ])("of %s is exactly %s", async (amount, exact) => {
    const body = `{"productId":"${newId("P")}","name":"P","price":{"amount":${amount},"currency":"USD"}}`;
    const made = await call<Product>("POST /v1/products", { body, headers: JSON_TYPE });
    expect(expectStatus(made, 201).price).toEqual({ amount: exact, currency: "USD" });
  });

  it.each([
    "1e15",
    "1e21",
    "1e400",
    "1e-19",
    '"1e-19"',
    '"1000000000000000"',
    "-1e-7",
    '"e7"',
    '"1e"',
    '"1e999"',
  ])("of %s is refused", async (amount) => {
    const body = `{"productId":"${newId("P")}","name":"P","price":{"amount":${amount},"currency":"USD"}}`;
    const { errors } = expectInvalid(await call("POST /v1/products", { body, headers: JSON_TYPE }));
    expect(errors).toMatchObject([{ path: "body.price.amount" }]);
  });
});
