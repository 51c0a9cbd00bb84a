import { describe, expect, it } from "vitest";
import type { Refusal } from "../../src/domain/refusal";
import { invalid, PROBLEMS } from "../../src/http/problem";
import { refusalProblem } from "../../src/http/refusal-problem";

const inventory = { onHand: 10, reserved: 2, available: 8, version: 6 };

/** Every refusal once, with the status it has on the wire. */
const REFUSALS: [Refusal, number][] = [
  [{ code: "product_not_found", productId: "p" }, 404],
  [{ code: "location_not_found", locationId: "l" }, 404],
  [{ code: "location_closed", locationId: "l" }, 409],
  [{ code: "level_not_found", productId: "p", locationId: "l" }, 404],
  [{ code: "reservation_not_found", orderId: "o" }, 404],
  [{ code: "product_exists", productId: "p", version: 3 }, 409],
  [{ code: "product_not_active", productId: "p", productStatus: "suspended" }, 409],
  [
    {
      code: "insufficient_stock",
      shortages: [{ productId: "p", locationId: "l", requested: 3, available: 2 }],
    },
    409,
  ],
  [{ code: "version_conflict", via: "body", expected: 5, current: 6, inventory }, 409],
  [{ code: "version_conflict", via: "header", expected: 5, current: 6, inventory }, 412],
  [{ code: "reservation_already_confirmed", reservationId: "r" }, 409],
  [{ code: "reservation_already_released", reservationId: "r" }, 409],
  [{ code: "reservation_expired", reservationId: "r", expiresAt: "2026-01-01T00:00:00.000Z" }, 410],
  [{ code: "level_in_use", locationId: "l", onHand: 1, reserved: 0 }, 409],
  [{ code: "product_in_use", productId: "p", onHand: 1, reserved: 0 }, 409],
  [{ code: "customer_limit_reached", customerId: "c", limit: 2, taken: 1, requested: 2 }, 409],
  [{ code: "idempotency_key_reused" }, 422],
  [{ code: "below_reserved", locationId: "l", newQuantity: 1, reserved: 2, holds: ["r"] }, 422],
  [{ code: "reason_required" }, 422],
  [{ code: "exceeds_held", reservationId: "r", requested: 3, held: 2 }, 422],
  [{ code: "extension_limit_reached", limitDays: 30, reservationId: "r", limit: 10 }, 409],
  [{ code: "quantity_out_of_range", locationId: "l", limit: 10 }, 400],
  [{ code: "too_many_holds", orderId: "o", limit: 2000 }, 400],
  [{ code: "overloaded" }, 503],
  [{ code: "book_unavailable" }, 503],
  [{ code: "internal" }, 500],
];

describe("a refusal on the wire", () => {
  it.each(REFUSALS)("%j is answered with %i", (refusal, status) => {
    const problem = refusalProblem(refusal);
    expect(problem.status ?? PROBLEMS[problem.code].status).toBe(status);
    expect(problem.detail).not.toBe("");
  });

  it("keeps its code, but for a number past its bound, which is a bad field", () => {
    for (const [refusal, status] of REFUSALS) {
      expect(refusalProblem(refusal).code).toBe(status === 400 ? "validation_failed" : refusal.code);
    }
  });

  it("does not say how somebody else's order stands", () => {
    const problem = refusalProblem({ code: "order_exists", orderId: "o" });
    expect(problem).toMatchObject({ detail: "o exists already.", extensions: { orderId: "o" } });
    expect(problem.extensions).not.toHaveProperty("state");
  });

  it("has the numbers of now when the version has moved, and not which way the version came", () => {
    const { extensions } = refusalProblem({
      code: "version_conflict",
      via: "header",
      expected: 5,
      current: 6,
      inventory,
    });
    expect(extensions).toEqual({ expected: 5, current: 6, inventory });
  });

  it("has every shortage", () => {
    const shortages = [{ productId: "p", locationId: "l", requested: 3, available: 2 }];
    expect(refusalProblem({ code: "insufficient_stock", shortages }).extensions).toEqual({ shortages });
  });

  it("names the limit that a quantity would pass", () => {
    const { extensions } = refusalProblem({ code: "quantity_out_of_range", locationId: "l", limit: 10 });
    expect(extensions?.["errors"]).toEqual([
      {
        path: expect.stringMatching(/^body/),
        code: "quantity_out_of_range",
        message: expect.stringContaining("10"),
      },
    ]);
  });

  it("asks for another try only where one may help", () => {
    expect(refusalProblem({ code: "overloaded" }).headers).toEqual({ "Retry-After": "1" });
    expect(refusalProblem({ code: "places_outdated" })).toEqual(refusalProblem({ code: "overloaded" }));
    expect(refusalProblem({ code: "internal" }).headers).toBeUndefined();
  });
});

describe("an invalid request", () => {
  it("says the first bad field in words and lists them all", () => {
    const errors = [
      { path: "body.a", code: "too_small", message: "is too small" },
      { path: "body.b", code: "too_big", message: "is too big" },
    ];
    expect(invalid(errors)).toEqual({
      code: "validation_failed",
      detail: "body.a: is too small (and 1 more)",
      extensions: { errors, errorCount: 2 },
    });
  });

  it("lists the first 50 bad fields and how many there are, names and messages cut at 100 characters", () => {
    const errors = Array.from({ length: 60_000 }, (_, index) => ({
      path: `body.${index}${"x".repeat(500)}`,
      code: "unknown_field",
      message: `is not known here${"y".repeat(500)}`,
    }));
    const { detail, extensions } = invalid(errors);
    const shown = extensions?.["errors"] as typeof errors;
    expect(extensions?.["errorCount"]).toBe(60_000);
    expect(shown).toHaveLength(50);
    for (const { path, message } of shown) {
      expect(path).toMatch(/^body\.\d+x+…$/);
      expect([path.length, message.length]).toEqual([100, 100]);
    }
    expect(detail.length).toBeLessThan(250);
  });

  it("is well-formed text, whatever the names were", () => {
    const path = `body.${"x".repeat(93)}😀\ud800`;
    const { extensions } = invalid([{ path, code: "unknown_field", message: "\udc00" }]);
    expect(extensions?.["errors"]).toEqual([
      { path: `body.${"x".repeat(93)}\ufffd…`, code: "unknown_field", message: "\ufffd" },
    ]);
  });
});
