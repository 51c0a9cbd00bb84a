/** A file of products, cut into rows as the service cuts it. */
import { describe, expect, it } from "vitest";
import {
  cellsOf,
  fileOfRows,
  formatOf,
  previewOf,
  readImport,
  reasonOf,
  refusedName,
} from "../../src/console/pages/import-file.ts";

const CSV = 'productId,name\r\nA,"Two\nlines, and a comma"\r\n\r\nB,"said ""so"""\nC,plain';

describe("a file to import", () => {
  it("is known by how it begins", () => {
    expect(["  [{}]", '\n{"productId":"A"}', "productId,name\nA,b", ""].map(formatOf)).toEqual([
      "json",
      "ndjson",
      "csv",
      "csv",
    ]);
  });

  it("of CSV has a row per record: quotes keep line ends, blank lines are none, lines are those of the file", () => {
    expect(readImport(CSV, "csv")).toEqual({
      format: "csv",
      head: "productId,name",
      fault: undefined,
      rows: [
        { line: 2, text: 'A,"Two\nlines, and a comma"' },
        { line: 5, text: 'B,"said ""so"""' },
        { line: 6, text: "C,plain" },
      ],
    });
  });

  it("of NDJSON has a row per line that is not blank", () => {
    const { rows } = readImport('{"productId":"A"}\n\n  \n{"productId":"B"}\r\n', "ndjson");
    expect(rows).toEqual([
      { line: 1, text: '{"productId":"A"}' },
      { line: 4, text: '{"productId":"B"}' },
    ]);
  });

  it("of JSON has a row per element, and says what is wrong where it is no array", () => {
    expect(readImport('[{"productId":"A"},7]', "json").rows.map(({ text }) => text)).toEqual([
      '{"productId":"A"}',
      "7",
    ]);
    expect(readImport('{"productId":"A"}', "json").fault).toBe("It is JSON, and no array of products.");
    expect(readImport("[{]", "json").fault).toMatch(/^It is no JSON: /);
  });

  it("shows its first rows in columns, whatever keys each has", () => {
    const text = '{"productId":"A","price":{"amount":"1"}}\nnonsense\n{"name":"b","tags":[]}';
    expect(previewOf(readImport(text, "ndjson"))).toEqual({
      columns: ["productId", "price", "(not an object)", "name", "tags"],
      rows: [
        ["A", '{"amount":"1"}', "", "", ""],
        ["", "", "nonsense", "", ""],
        ["", "", "", "b", "[]"],
      ],
    });
    expect(previewOf(readImport(CSV, "csv")).rows[1]).toEqual(["B", 'said "so"']);
  });

  it("gives its refused rows as a file of the same kind, with its head", async () => {
    const textOf = (text: string, format: "csv" | "ndjson" | "json", rows: number[]) =>
      fileOfRows(readImport(text, format), rows).text();
    expect(await textOf(CSV, "csv", [1, 3])).toBe('productId,name\nA,"Two\nlines, and a comma"\nC,plain\n');
    expect(await textOf('{"a":1}\n{"a":2}\n', "ndjson", [2])).toBe('{"a":2}\n');
    expect(JSON.parse(await textOf("[1, 2, 3]", "json", [1, 3]))).toEqual([1, 3]);
    expect([refusedName("my.sets.csv", "csv"), refusedName("sets", "ndjson")]).toEqual([
      "my.sets-refused.csv",
      "sets-refused.ndjson",
    ]);
  });
});

describe("cells of a record", () => {
  it.each([
    ["a,b", ["a", "b"]],
    ["a,,", ["a", "", ""]],
    ["", []],
    [',"x,y"', ["", "x,y"]],
    ['"",""', ["", ""]],
    ['"never closed, b', ["never closed, b"]],
  ])("%j are %j", (record, cells) => {
    expect(cellsOf(record)).toEqual(cells);
  });
});

describe("why a row was refused", () => {
  it("is said by field, or by what the service says", () => {
    const errors = [
      { path: "row.price.amount", message: "must be a decimal" },
      { path: "row", message: "is not valid JSON" },
    ];
    expect(reasonOf({ detail: "x", errors })).toBe(
      "price.amount must be a decimal; The row is not valid JSON",
    );
    expect(reasonOf({ detail: "There are too many." })).toBe("There are too many.");
  });
});
