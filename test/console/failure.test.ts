/** What went wrong, in words, at the field it belongs to. */
import { describe, expect, it } from "vitest";
import { ConnectionError, ProblemError } from "../../src/client/problem.ts";
import { failureOf, FieldFault } from "../../src/console/failure.ts";

const HEAD = { type: "urn:x", instance: "/v1", requestId: "request-1" };

describe("a failure", () => {
  it("of fields is said at each of them, as a sentence", () => {
    const errors = [
      { path: "body.quantity", code: "too_small", message: "must be at least 1" },
      { path: "body.price.amount", code: "x", message: "must be a decimal." },
    ];
    const detail = "Some fields are not valid.";
    const facts = { code: "validation_failed" as const, errors, errorCount: 2 };
    const error = new ProblemError({ ...HEAD, title: "Not valid", status: 400, detail, ...facts });
    expect(failureOf(error)).toMatchObject({
      text: "",
      fields: { quantity: "Must be at least 1.", "price.amount": "Must be a decimal." },
    });
  });

  it("for want of stock says how much there is, and where", () => {
    const shortages = [{ productId: "P", locationId: "main", requested: 9999, available: 245 }];
    const facts = { code: "insufficient_stock" as const, shortages };
    const error = new ProblemError({
      ...HEAD,
      title: "There is not enough stock",
      status: 409,
      detail: "x",
      ...facts,
    });
    expect(failureOf(error)).toMatchObject({
      title: "There is not enough stock",
      text: "9,999 asked for, 245 available at main.",
      requestId: "request-1",
      isUnsent: false,
    });
  });

  it("of a version says which one was seen and which one is now", () => {
    const inventory = { onHand: 1, reserved: 0, available: 1, version: 9 };
    const facts = { code: "version_conflict" as const, expected: 7, current: 9, inventory };
    const error = new ProblemError({
      ...HEAD,
      title: "Changed meanwhile",
      status: 409,
      detail: "x",
      ...facts,
    });
    expect(failureOf(error).conflict).toEqual({ expected: 7, current: 9 });
  });

  it("to reach the service says that the same again is safe", () => {
    const error = new ConnectionError("no answer", { attempts: 4, cause: undefined });
    expect(failureOf(error)).toMatchObject({ isUnsent: true, fields: {} });
  });

  it("of the form itself is at its field, and nowhere else", () => {
    expect(failureOf(new FieldFault("delta", "Write a whole number."))).toMatchObject({
      title: "",
      text: "",
      fields: { delta: "Write a whole number." },
    });
  });
});
