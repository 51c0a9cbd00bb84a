import { describe, expect, it } from "vitest";
import { describeLines, readLines, shelfEffect, sumById } from "../../../scripts/retail/lines.ts";

const HEAD = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const csv = (...rows: string[]) => [HEAD, ...rows].join("\n");
const row = (
  invoice: string,
  code: string,
  rest: { quantity?: string; price?: string; customer?: string } = {},
) => {
  const { quantity = "1", price = "2.5", customer = "" } = rest;
  return `${invoice},${code},"A, THING ",${quantity},2010-12-01 08:26:00,${price},${customer},UK`;
};

/** The kind of the first line, and what it does to the shelf. */
function first(...rows: string[]) {
  const [line] = readLines(csv(...rows));
  if (!line) throw new Error("no line");
  return { kind: line.kind, effect: shelfEffect(line) };
}

describe("what a line means for the shelf", () => {
  it.each([
    ["a sale", row("500001", "85123A", { quantity: "6" }), "sale", -6],
    ["a cancellation", row("C500001", "85123A", { quantity: "-6" }), "return", 6],
    ["a cancellation at price 0", row("C500001", "85123A", { quantity: "-6", price: "0.0" }), "return", 6],
    ["a write-off", row("500001", "85123A", { quantity: "-6", price: "0.0" }), "writeOff", -6],
    ["a negative line with a price", row("500001", "85123A", { quantity: "-6" }), "writeOff", -6],
    ["something found", row("500001", "85123A", { quantity: "6", price: "0.0" }), "found", 6],
    ["a gift to a customer", row("500001", "85123A", { price: "0", customer: "17850.0" }), "gift", -1],
    ["an adjustment of debts", row("A500001", "B", { price: "-11062.06" }), "service", 0],
    ["quantity 0", row("500001", "85123A", { quantity: "0" }), "nothing", 0],
    ["quantity -0 of a cancellation", row("C500001", "85123A", { quantity: "-0" }), "nothing", 0],
    ["half a unit", row("500001", "85123A", { quantity: "0.5" }), "unclear", 0],
    ["no quantity", row("500001", "85123A", { quantity: "" }), "unclear", 0],
    ["no price", row("500001", "85123A", { price: "" }), "unclear", 0],
    ["no code", row("500001", ""), "unclear", 0],
    ["an invoice without a number", row("", "85123A"), "unclear", 0],
    ["a cancellation of less than nothing", row("C500001", "85123A", { quantity: "6" }), "unclear", 0],
  ])("%s", (_, text, kind, effect) => {
    const told = first(text);
    expect(told.kind).toBe(kind);
    expect(told.effect + 0).toBe(effect);
  });

  it("price 0 on an invoice with other lines leaves the shelf, even when the other is no stock", () => {
    const free = row("500001", "85123A", { price: "0.0", quantity: "2" });
    expect(first(free, row("500001", "M", { price: "924.59" }))).toEqual({ kind: "gift", effect: -2 });
    expect(first(free, row("500002", "M"))).toEqual({ kind: "found", effect: 2 });
  });

  it.each(["POST", "DOT", "C2", "M", "m", "D", "S", "BANK CHARGES", "AMAZONFEE", "gift_0001_40", "TEST001"])(
    "%s is no stock",
    (code) => expect(first(row("500001", code))).toMatchObject({ kind: "service", effect: 0 }),
  );

  it.each(["85123A", "15056bl", "47503J ", "DCGS0076", "SP1002"])("%s is stock", (code) =>
    expect(first(row("500001", code)).kind).toBe("sale"),
  );

  it("a line that ends too soon is unclear, not the end", () => {
    const kinds = readLines(csv("500001,85123A", row("500002", "85123A"))).map(({ kind }) => kind);
    expect(kinds).toEqual(["unclear", "sale"]);
  });

  it("customers lose the float's tail, descriptions their spaces", () => {
    const [line] = readLines(csv(row("500001", "85123A", { customer: "17850.0" })));
    expect(line).toMatchObject({ customer: "17850", description: "A, THING", row: 1 });
  });
});

describe("a file of lines", () => {
  it("adds up by product; equal lines are two real ones, codes in another case another product", () => {
    const sale = row("500001", "85123A", { quantity: "6" });
    const lines = readLines(
      csv(
        sale,
        sale,
        row("500002", "85123A", { quantity: "6" }),
        row("500003", "85123a"),
        row("500004", "POST"),
      ),
    );
    expect(sumById(lines)).toEqual(
      new Map([
        ["85123A", -18],
        ["85123a", -1],
      ]),
    );
    expect(describeLines(lines)).toEqual({
      countByKind: new Map([
        ["sale", 4],
        ["service", 1],
      ]),
      repeats: 1,
      caseTwins: 2,
      serviceCodes: ["POST"],
    });
  });

  it("is read up to the limit, and an invoice cut there is judged by what is read", () => {
    const text = csv(row("500001", "85123A", { price: "0" }), row("500001", "85123B"));
    expect(readLines(text, 1).map(({ kind }) => kind)).toEqual(["found"]);
    expect(readLines(text).map(({ kind }) => kind)).toEqual(["gift", "sale"]);
  });

  it("with another head is refused by the names that are missing", () => {
    expect(() => readLines("InvoiceNo,StockCode,Quantity\n1,2,3")).toThrow(
      "Description, InvoiceDate, UnitPrice",
    );
  });
});
