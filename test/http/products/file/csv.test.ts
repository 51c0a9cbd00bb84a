import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attributeCell, guardCell, readAttribute, unguardCell } from "../../../../src/http/products/file/csv";

describe("a cell of text", () => {
  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'quoted"])(
    "%j is made harmless and read back",
    (text) => {
      expect(guardCell(text)).toBe(`'${text}`);
      expect(unguardCell(guardCell(text))).toBe(text);
    },
  );

  it("is left alone where a spreadsheet would leave it alone", () => {
    expect(guardCell("a=b")).toBe("a=b");
    expect(unguardCell("'tis")).toBe("'tis");
  });

  it("comes back as it went out, and never begins with what a spreadsheet runs", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom("'", "=", "-", "a", "\t") }),
    );
    fc.assert(
      fc.property(text, (value) => {
        expect(unguardCell(guardCell(value))).toBe(value);
        expect(guardCell(value)).not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });
});

describe("a cell of an attribute", () => {
  it.each([
    ["2017", 2017],
    ["-1.5", -1.5],
    ["1e3", 1000],
    ["true", true],
    ["false", false],
    ["Star Wars", "Star Wars"],
    ["0017", "0017"],
    ["12345678901234567890", "12345678901234567890"],
    ["1e999", "1e999"],
    ['"2017"', "2017"],
    ['"unclosed', '"unclosed'],
    ["TRUE", "TRUE"],
  ])("%s is read as %j", (cell, value) => {
    expect(readAttribute(cell)).toBe(value);
  });

  it("comes back with its kind", () => {
    const looksTyped = fc.oneof(fc.double(), fc.boolean(), fc.integer()).map(String);
    const value = fc.oneof(
      fc.string({ unit: "grapheme" }),
      looksTyped,
      looksTyped.map((text) => `"${text}"`),
      fc.double({ noDefaultInfinity: true, noNaN: true, min: -1e15, max: 1e15 }).map((number) => number + 0),
      fc.boolean(),
    );
    fc.assert(
      fc.property(value, (attribute) => {
        const cell = unguardCell(guardCell(attributeCell(attribute)));
        expect(readAttribute(cell)).toBe(attribute);
        expect(cell, "an empty cell would say nothing").not.toBe("");
      }),
    );
  });
});
