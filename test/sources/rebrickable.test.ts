import { afterEach, describe, expect, it, vi } from "vitest";
import { THEMES_KEPT_MS } from "../../src/limits/sources";
import { rebrickable } from "../../src/sources/rebrickable";
import { makeSource } from "../../src/sources/sources";
import { Spacing } from "../../src/sources/spacing";
import { themeNames } from "../../src/sources/themes";
import { bricks, fetching, json, legoSet, THEMES, type Answer } from "./outside";

const SPACING_MS = 20;
const SETTINGS = { url: "https://bricks.invalid/api/v3", apiKey: "brick-key", refreshMs: 1000 };

function source(answer: Answer) {
  const { fetch, asked } = fetching(answer);
  return { source: rebrickable(SETTINGS, fetch, SPACING_MS), asked };
}

afterEach(() => void vi.useRealTimers());

describe("Rebrickable", () => {
  it("makes of a set what a product takes from it, with root theme and subtheme", async () => {
    const sets = [
      legoSet("75192-1", { theme_id: 171 }),
      legoSet("31062-1", { theme_id: 672, set_img_url: null }),
    ];
    const { source: from, asked } = source(bricks(sets));
    const { records } = await from.fetchRecords(["75192-1", "31062-1"]);
    expect(records).toEqual([
      {
        externalId: "75192-1",
        fields: {
          kind: "set",
          name: "Set 75192-1",
          imageUrl: "https://cdn.rebrickable.com/media/sets/75192-1.jpg",
          attributes: { theme: "Star Wars", subtheme: "Ultimate Collector Series", year: 2017, pieces: 205 },
        },
        quote: null,
      },
      {
        externalId: "31062-1",
        fields: {
          kind: "set",
          name: "Set 31062-1",
          imageUrl: null,
          attributes: { theme: "Theme 672", subtheme: null, year: 2017, pieces: 205 },
        },
        quote: null,
      },
    ]);
    expect(asked.map(({ url }) => url.pathname + url.search)).toEqual([
      "/api/v3/lego/themes/?page_size=1000&page=1",
      "/api/v3/lego/sets/75192-1/",
      "/api/v3/lego/sets/31062-1/",
    ]);
    expect(asked.every(({ headers }) => headers.get("authorization") === "key brick-key")).toBe(true);
    expect(asked.every(({ url }) => !url.href.includes("brick-key"))).toBe(true);
  });

  it("leaves out a set that it does not know, and refuses a bad one by itself", async () => {
    const sets = [legoSet("A-1", { year: "soon" }), legoSet("B-1", { unknown: 1 })];
    const { source: from } = source(bricks(sets));
    const { records, rejected } = await from.fetchRecords(["A-1", "B-1", "C-1"]);
    expect(records.map(({ externalId }) => externalId)).toEqual(["B-1"]);
    expect(rejected).toEqual([{ externalId: "A-1", reason: expect.stringContaining("year") }]);
  });

  it("takes no other set than the one it asked for", async () => {
    const answer: Answer = ({ url }) => json(url.pathname.endsWith("/themes/") ? THEMES : legoSet("X-1"));
    const { source: from } = source(answer);
    expect(await from.fetchRecords(["A-1"])).toEqual({ records: [], rejected: [] });
  });

  it("fails as a whole when a call does", async () => {
    const answer: Answer = ({ url }) =>
      url.pathname.endsWith("/themes/") ? json(THEMES) : json({}, { status: 500 });
    const { source: from } = source(answer);
    await expect(from.fetchRecords(["A-1"])).rejects.toMatchObject({ kind: "unavailable" });
  });

  it("goes through the list of everything, page by page", async () => {
    const sets = Array.from({ length: 1500 }, (_, n) => legoSet(`S-${n}`));
    const { source: from, asked } = source(bricks(sets));
    const first = await from.listRecords?.(1);
    expect(first).toMatchObject({ nextPage: 2 });
    expect(first?.records).toHaveLength(1000);
    const second = await from.listRecords?.(2);
    expect(second).toMatchObject({ nextPage: null });
    expect(second?.records).toHaveLength(500);
    expect(asked.at(-1)?.url.search).toBe("?page_size=1000&page=2");
  });

  it("takes what is no page for a bad answer", async () => {
    const { source: from } = source(() => json([]));
    await expect(from.listRecords?.(1)).rejects.toMatchObject({ kind: "bad_answer" });
  });

  it("keeps the themes for a day", async () => {
    const { source: from, asked } = source(bricks([legoSet("A-1")]));
    const themes = () => asked.filter(({ url }) => url.pathname.endsWith("/themes/")).length;
    await from.fetchRecords(["A-1"]);
    await from.fetchRecords(["A-1"]);
    expect(themes()).toBe(1);
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + THEMES_KEPT_MS);
    await from.fetchRecords(["A-1"]);
    expect(themes()).toBe(2);
  });

  it("begins its calls no sooner after each other than it may", async () => {
    const at: number[] = [];
    const answer = bricks([legoSet("A-1"), legoSet("B-1")]);
    const { source: from } = source((one) => {
      at.push(Date.now());
      return answer(one);
    });
    await Promise.all([from.fetchRecords(["A-1", "B-1"]), from.fetchRecords(["A-1"])]);
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(at.length).toBeGreaterThanOrEqual(4);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(SPACING_MS - 1);
  });
});

describe("spacing", () => {
  it("does not wait for ever when the clock is set back", async () => {
    const spacing = new Spacing(10);
    await spacing.turn();
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() - 3_600_000);
    const begunAt = performance.now();
    await spacing.turn();
    expect(performance.now() - begunAt).toBeLessThan(3000);
  });
});

describe("themes", () => {
  it("ends where two are each other's parent", () => {
    const themes = new Map([
      ["1", { name: "A", parentId: "2" }],
      ["2", { name: "B", parentId: "1" }],
      ["3", { name: "C", parentId: "9" }],
    ]);
    expect(themeNames(themes, "1")).toEqual({ theme: "B", subtheme: "A" });
    expect(themeNames(themes, "3")).toEqual({ theme: "C", subtheme: null });
  });
});

describe("a source", () => {
  it("is configured when it has an address, and the key that it needs", () => {
    const { fetch } = fetching(() => json({}));
    const made = (name: "coingecko" | "rebrickable", more: object) =>
      makeSource(name, { ...SETTINGS, ...more }, fetch)?.name;
    expect(made("rebrickable", {})).toBe("rebrickable");
    expect(made("rebrickable", { apiKey: "" })).toBeUndefined();
    expect(made("coingecko", { apiKey: "" })).toBe("coingecko");
    expect(made("coingecko", { url: "" })).toBeUndefined();
  });
});
