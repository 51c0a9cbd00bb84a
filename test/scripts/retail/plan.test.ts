import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLines, sumById } from "../../../scripts/retail/lines.ts";
import { linesOf, openingStock, planReplay, productsOf } from "../../../scripts/retail/plan.ts";

interface Row {
  invoice: string;
  code: string;
  quantity: number;
  price?: number;
  customer?: string;
  minute?: number;
  description?: string;
}

function linesFrom(rows: Row[]) {
  const head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
  const texts = rows.map(
    ({ invoice, code, quantity, price = 1, customer = "", minute = 0, description = "" }) => {
      const at = `2010-12-01 08:${String(minute).padStart(2, "0")}:00`;
      return [invoice, code, description, quantity, at, price, customer, "UK"].join(",");
    },
  );
  return readLines([head, ...texts].join("\n"));
}

const plan = (rows: Row[]) => planReplay(linesFrom(rows));
const opening = (rows: Row[]) =>
  new Map(plan(rows).products.map((product) => [product.productId, product.opening]));

const A = "10001A";
const B = "10002B";

describe("steps", () => {
  it("an invoice is an order; past 50 lines it is several", () => {
    const rows = Array.from({ length: 101 }, (_, index) => ({
      invoice: "1",
      code: `${10_000 + index}`,
      quantity: 1,
    }));
    const { steps } = plan(rows.map((row) => ({ ...row, customer: "17850.0" })));
    expect(
      steps.map((step) => step.verb === "order" && [step.orderId, step.lines.length, step.customerId]),
    ).toEqual([
      ["1", 50, "17850"],
      ["1:2", 50, "17850"],
      ["1:3", 1, "17850"],
    ]);
    expect(steps.flatMap(productsOf)).toHaveLength(101);
  });

  it("steps stand in the order of time, and lines of one time in that of the file", () => {
    const { steps } = plan([
      { invoice: "3", code: A, quantity: 1, minute: 9 },
      { invoice: "1", code: A, quantity: 1, minute: 5 },
      { invoice: "2", code: B, quantity: -1, price: 0, minute: 5 },
      { invoice: "4", code: B, quantity: 1, minute: 5 },
      { invoice: "4", code: A, quantity: 1, minute: 6 },
    ]);
    expect(steps.map((step) => (step.verb === "order" ? step.orderId : step.verb))).toEqual([
      "1",
      "adjust",
      "4",
      "3",
    ]);
  });

  it("a cancellation takes from sales of its customer first, then from any, the oldest first; the rest is a return", () => {
    const { steps } = plan([
      { invoice: "1", code: A, quantity: 2, customer: "X", minute: 1 },
      { invoice: "2", code: A, quantity: 3, customer: "Y", minute: 2 },
      { invoice: "3", code: A, quantity: 1, customer: "Y", minute: 3 },
      { invoice: "C4", code: A, quantity: -5, customer: "Y", minute: 4 },
      { invoice: "C5", code: A, quantity: -9, customer: "Y", minute: 5, description: "broken" },
      { invoice: "6", code: A, quantity: 4, customer: "Y", minute: 6 },
    ]);
    const back = steps.filter(({ verb }) => verb !== "order");
    expect(back).toEqual([
      {
        verb: "return",
        key: "row-4",
        row: 4,
        soldRow: 2,
        productId: A,
        quantity: 3,
        reason: "cancelled by C4",
      },
      {
        verb: "return",
        key: "row-4.2",
        row: 4,
        soldRow: 3,
        productId: A,
        quantity: 1,
        reason: "cancelled by C4",
      },
      {
        verb: "return",
        key: "row-4.3",
        row: 4,
        soldRow: 1,
        productId: A,
        quantity: 1,
        reason: "cancelled by C4",
      },
      {
        verb: "return",
        key: "row-5",
        row: 5,
        soldRow: 1,
        productId: A,
        quantity: 1,
        reason: "cancelled by C5: broken",
      },
      {
        verb: "adjust",
        key: "row-5.2",
        row: 5,
        productId: A,
        delta: 8,
        type: "return",
        reason: "cancelled by C5: broken (sold before this file begins)",
        reference: "C5",
      },
    ]);
    expect(back.map(linesOf)).toEqual([1, 0, 0, 1, 0]);
  });

  it("write-offs and what is found are adjustments with the description as their reason", () => {
    const { steps } = plan([
      { invoice: "1", code: A, quantity: -3, price: 0, description: "damages" },
      { invoice: "2", code: A, quantity: -3, price: 0 },
      { invoice: "3", code: A, quantity: 4, price: 0, description: "Found" },
    ]);
    expect(steps).toMatchObject([
      { verb: "adjust", delta: -3, type: "shrinkage", reason: "damages", reference: "1" },
      { verb: "adjust", delta: -3, type: "shrinkage", reason: "written off" },
      { verb: "adjust", delta: 4, type: "correction", reason: "Found" },
    ]);
  });

  it("a product has the name under which it is sold, not a remark", () => {
    const { products } = plan([
      { invoice: "1", code: A, quantity: -3, price: 0, description: "damages", minute: 1 },
      { invoice: "2", code: A, quantity: 1, description: "LANTERN", minute: 2 },
      { invoice: "3", code: B, quantity: -1, price: 0, description: "?", minute: 3 },
    ]);
    expect(products.map(({ name }) => name)).toEqual(["LANTERN", B]);
  });
});

describe("the opening stock", () => {
  it("is what the lowest point needs, not the sum", () => {
    const rows = [
      { invoice: "1", code: A, quantity: 5, minute: 1 },
      { invoice: "C2", code: A, quantity: -4, minute: 2 },
      { invoice: "3", code: A, quantity: 3, minute: 3 },
      { invoice: "4", code: A, quantity: -2, price: 0, minute: 4 },
      { invoice: "5", code: B, quantity: 7, price: 0, minute: 5 },
      { invoice: "6", code: B, quantity: 7, minute: 6 },
    ];
    expect(opening(rows)).toEqual(
      new Map([
        [A, 6],
        [B, 0],
      ]),
    );
  });

  it("what comes back later does not help what is sold before", () => {
    const sold = { invoice: "1", code: A, quantity: 5, minute: 1 };
    const found = { invoice: "2", code: A, quantity: 5, price: 0, minute: 2 };
    expect(opening([sold, found])).toEqual(new Map([[A, 5]]));
  });

  const row = fc.record({
    invoice: fc.integer({ min: 1, max: 8 }),
    cancels: fc.boolean(),
    code: fc.constantFrom(A, B, "10001a"),
    quantity: fc.integer({ min: -9, max: 9 }),
    price: fc.constantFrom(0, 1),
    customer: fc.constantFrom("", "1", "2"),
    minute: fc.integer({ min: 0, max: 20 }),
  });

  it("is the least with which no step finds too little, and opening + the file's sum is what is left", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
        const lines = linesFrom(
          rows.map(({ cancels, invoice, ...rest }) => ({
            ...rest,
            invoice: `${cancels ? "C" : ""}${invoice}`,
          })),
        );
        const { steps, products } = planReplay(lines);
        const sums = sumById(lines);
        const lowest = new Map<string, number>();
        const levels = new Map(products.map((product) => [product.productId, product.opening]));
        const move = (productId: string, delta: number) => {
          const level = (levels.get(productId) ?? Number.NaN) + delta;
          levels.set(productId, level);
          lowest.set(productId, Math.min(lowest.get(productId) ?? Infinity, level));
        };
        for (const step of steps) {
          if (step.verb === "order") for (const line of step.lines) move(line.productId, -line.quantity);
          else move(step.productId, step.verb === "return" ? step.quantity : step.delta);
        }
        for (const product of products) {
          const least = lowest.get(product.productId) ?? 0;
          expect(least).toBeGreaterThanOrEqual(0);
          if (product.opening > 0) expect(least).toBe(0);
          expect(levels.get(product.productId)).toBe(product.opening + (sums.get(product.productId) ?? 0));
        }
        expect([...sums.keys()].every((productId) => levels.has(productId))).toBe(true);
      }),
    );
  });

  it("of no steps is none", () => {
    expect(openingStock([])).toEqual(new Map());
  });
});
