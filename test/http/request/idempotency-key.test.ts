import { describe, expect, it } from "vitest";
import { fingerprint, idempotencyKeyOf } from "../../../src/http/request/idempotency-key";
import { ProblemError } from "../../../src/http/problem";

const keyed = (key: string) => new Headers({ "Idempotency-Key": key });

describe("an idempotency key", () => {
  it.each(["k", "a key with spaces", "k".repeat(255), "~!@#$%^&*()"])("may be %s", (key) => {
    expect(idempotencyKeyOf(keyed(key))).toBe(key);
  });

  it.each(["", "k".repeat(256), "tab\there", "é"])("may not be %j (D-11)", (key) => {
    expect(() => idempotencyKeyOf(keyed(key))).toThrow(ProblemError);
  });

  it("may be left out", () => {
    expect(idempotencyKeyOf(new Headers())).toBeUndefined();
  });
});

describe("a fingerprint", () => {
  it("is the request itself when that is short, a SHA-256 when it is long", async () => {
    expect(await fingerprint(["POST", "/x", {}, { a: 1 }])).toBe('["POST","/x",{},{"a":1}]');
    const [one, other] = ["a", "b"].map((end) =>
      fingerprint(["POST", "/x", {}, { text: "x".repeat(600) + end }]),
    );
    expect(await one).toMatch(/^[0-9a-f]{64}$/);
    expect(await one).not.toBe(await other);
  });

  it("does not depend on the order of fields, at any depth", async () => {
    const one = await fingerprint(["POST", "/x", {}, { a: 1, b: { c: 1, d: [1, 2] } }]);
    expect(await fingerprint(["POST", "/x", {}, { b: { d: [1, 2], c: 1 }, a: 1 }])).toBe(one);
  });

  it.each([
    ["the method", ["PUT", "/x", {}, { a: 1 }]],
    ["the path", ["POST", "/y", {}, { a: 1 }]],
    ["the query", ["POST", "/x", { force: true }, { a: 1 }]],
    ["a value", ["POST", "/x", {}, { a: "1" }]],
    ["the order of a list", ["POST", "/x", {}, { a: [2, 1] }]],
  ])("depends on %s", async (_, parts) => {
    expect(await fingerprint(parts)).not.toBe(await fingerprint(["POST", "/x", {}, { a: 1 }]));
    expect(await fingerprint(parts)).not.toBe(await fingerprint(["POST", "/x", {}, { a: [1, 2] }]));
  });
});
