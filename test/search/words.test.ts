import { describe, expect, it } from "vitest";
import {
  indexedWords,
  initials,
  mayBeMisspelt,
  neighbours,
  queryWords,
  wordsOf,
} from "../../src/search/words";

describe("words", () => {
  it.each([
    ["Millennium Falcon", ["millennium", "falcon"]],
    ["Löwenstein Castle", ["lowenstein", "castle"]],
    ["Barad-dûr", ["barad", "dur"]],
    ["Straße, Øst & Łódź", ["strasse", "ost", "lodz"]],
    ["Detective's Office", ["detectives", "office"]],
    ["ﬁne ① ½", ["fine", "1", "1", "2"]],
    ["🧱 !!! …", []],
    ["千年隼 ミレニアム", ["千年隼", "ミレニアム"]],
    ["ПУТЬ Ёлка", ["путь", "елка"]],
    ["", []],
  ])("of %j are %j", (text, words) => expect(wordsOf(text)).toEqual(words));

  it("that belong together are also one", () => {
    expect(indexedWords("X-Wing R2-D2 75192-1")).toEqual([
      "x",
      "wing",
      "xwing",
      "r2",
      "d2",
      "r2d2",
      "75192",
      "1",
      "751921",
    ]);
  });

  it("of three and more have initials", () => {
    expect(initials("Ultimate Collector Series")).toBe("ucs");
    expect(initials("Star Wars")).toBeUndefined();
  });

  it("are looked for once each, and only the first few", () => {
    expect(queryWords("a b a B Á")).toEqual(["a", "b"]);
    expect(queryWords(Array.from({ length: 300 }, (_, nth) => `w${nth}`).join(" "))).toHaveLength(12);
    expect(queryWords("x".repeat(1000))[0]).toHaveLength(64);
  });
});

describe("neighbours", () => {
  it("are one slip away, and all of them are there", () => {
    const near = neighbours("falcon");
    for (const slip of ["falcn", "falcoon", "falkon", "flacon", "alcon", "falcons", "xfalcon"])
      expect(near).toContain(slip);
    for (const other of ["falcon", "flcn", "noclaf"]) expect(near).not.toContain(other);
    expect(new Set(near).size).toBe(near.length);
  });

  it("of letters of another alphabet too", () => {
    expect(neighbours("путь")).toContain("пуьт");
  });

  it.each([
    ["falcon", true],
    ["r2d2", true],
    ["75192", false],
    ["ucs", false],
  ])("are looked for of %s: %s", (word, looked) => expect(mayBeMisspelt(word)).toBe(looked));
});
