/** Rows keep their places while others come and go; how many are out of place is said. */
import { describe, expect, it } from "vitest";
import { inPlace, movedCount } from "../../src/console/settled.ts";

describe("rows that are shown", () => {
  it("keep their places when the order changes", () => {
    expect(inPlace(["a", "b", "c"], ["c", "a", "b"])).toEqual(["a", "b", "c"]);
  });

  it("leave when they are gone, and those that are new come last", () => {
    expect(inPlace(["a", "b", "c"], ["x", "c", "a"])).toEqual(["a", "c", "x"]);
  });

  it("begin in their own order", () => expect(inPlace([], ["b", "a"])).toEqual(["b", "a"]));
});

describe("rows that are out of place", () => {
  it.each([
    [["a", "b", "c"], ["a", "b", "c"], 0],
    [["a", "b", "c", "d"], ["d", "a", "b", "c"], 1],
    [["a", "b", "c", "d"], ["b", "a", "d", "c"], 2],
    [["a", "b", "c"], ["c", "b", "a"], 2],
    [[], [], 0],
  ])("of %j, which belong %j, are %d", (shown, wanted, count) => {
    expect(movedCount(shown, wanted)).toBe(count);
  });
});
