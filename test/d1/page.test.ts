import { describe, expect, it } from "vitest";
import { BadCursor, decodeCursor, encodeCursor, toPage } from "../../src/d1/page";

describe("a cursor", () => {
  it.each([
    { sort: "name", after: ['Złoty, "x" / +', "id-1"], kinds: ["string", "string"] as const },
    { sort: "price", after: [799.99, "id-1"], kinds: ["number?", "string"] as const },
    { sort: "price", after: [null, "id-1"], kinds: ["number?", "string"] as const },
  ])("of $sort leads back to $after", ({ sort, after, kinds }) => {
    const cursor = encodeCursor(sort, after);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(decodeCursor(cursor, sort, kinds)).toEqual(after);
  });

  it("may be left out", () => {
    expect(decodeCursor(undefined, "name", ["string"])).toBeUndefined();
  });

  it.each([
    ["of another sort", encodeCursor("price", ["a", "id"])],
    ["of another direction", encodeCursor("-name", ["a", "id"])],
    ["with a value of another kind", encodeCursor("name", [1, "id"])],
    ["with null where none may be", encodeCursor("name", [null, "id"])],
    ["with too little", encodeCursor("name", ["a"])],
    ["with too much", encodeCursor("name", ["a", "id", "x"])],
    ["that is no JSON", "bm90IGpzb24"],
    ["that is no list", "e30"],
    ["that is no base64", "!!!"],
    ["that is empty", ""],
  ])("%s is refused", (_, cursor) => {
    expect(() => decodeCursor(cursor, "name", ["string", "string"])).toThrow(BadCursor);
  });
});

describe("a page", () => {
  const made = { item: (row: number) => row * 10, cursor: (row: number) => `after ${row}` };

  it("has a next one when there is a row more than asked for", () => {
    expect(toPage([1, 2, 3], 2, made)).toEqual({ items: [10, 20], nextCursor: "after 2" });
  });

  it.each([[[1, 2]], [[1]], [[]]])("is the last with %j of two", (rows) => {
    expect(toPage(rows, 2, made).nextCursor).toBeNull();
  });
});
