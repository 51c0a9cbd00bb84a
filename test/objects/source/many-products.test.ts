/** Ten thousand products of one source, and the other source beside it, which is never kept waiting. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SOURCE_LISTED_FROM } from "../../../src/limits/sources";
import { wakeSources } from "../../../src/jobs/sources";
import { bricks, coin, json, legoSet, markets } from "../../sources/outside";
import { addToBook, forgetSource, moveClock, openWorld, quoteOf, runDue, runToEnd, sourceOf } from "./world";

const COINS = 10_000;
const PER_STEP = 250;

beforeEach(() => {
  moveClock();
  vi.spyOn(console, "error").mockReturnValue(undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await env.BOOK.prepare("DELETE FROM products").run();
  await forgetSource("coingecko");
});

const coinIds = Array.from({ length: COINS }, (_, n) => `coin-${String(n).padStart(5, "0")}`);

function coinRow(productId: string) {
  const { name, symbol } = coin(productId);
  const attributes = { symbol: String(symbol).toUpperCase(), rank: 7 };
  return { productId, name: String(name), source: "coingecko" as const, kind: "asset", attributes };
}

function withoutPicture(setNumber: string) {
  return legoSet(setNumber, { set_img_url: null });
}

function setRow(productId: string) {
  const attributes = { theme: "Star Wars", year: 2017, pieces: 205 };
  return { productId, name: `Set ${productId}`, source: "rebrickable" as const, kind: "set", attributes };
}

describe("10,000 products of one source", () => {
  it("are refreshed over many runs of its alarm, while the other source is refreshed on time", async () => {
    const setIds = ["A-1", "B-1", "C-1"];
    await addToBook([...coinIds.map(coinRow), ...setIds.map((id) => setRow(id))]);
    const sets = bricks(setIds.map(withoutPicture));
    const coins = markets();
    const asked = openWorld((one) => (one.url.hostname.startsWith("coin") ? coins(one) : sets(one)));
    await wakeSources(env);

    const begunAt = Date.now();
    await runDue("coingecko");
    const first = await sourceOf("coingecko").status();
    expect(first.progress).toMatchObject({
      total: COINS,
      products: PER_STEP,
      quotes: PER_STEP,
      endedAt: null,
    });

    // The other is due at the same time, and is done while most of the first is still to come.
    await runToEnd("rebrickable");
    const other = await sourceOf("rebrickable").status();
    expect(other).toMatchObject({ state: "ok", progress: { total: 3, products: 3, refused: 0 } });
    expect(Date.parse(other.progress?.endedAt ?? "")).toBeLessThan(begunAt + 60_000);

    const steps = await runToEnd("coingecko");
    expect(steps).toBe(COINS / PER_STEP);
    const last = await sourceOf("coingecko").status();
    expect(last).toMatchObject({
      state: "ok",
      progress: { total: COINS, products: COINS, quotes: COINS, changed: 0, refused: 0 },
    });
    const calls = asked.filter(({ url }) => url.hostname.startsWith("coin"));
    expect(calls).toHaveLength(COINS / PER_STEP);
    const ids = calls.flatMap(({ url }) => (url.searchParams.get("ids") ?? "").split(","));
    expect(ids).toEqual(coinIds);
    expect(await quoteOf("coin-09999")).toMatchObject({ amount: "1.50" });
    // The next run is on time: an interval after this one began.
    expect(Date.parse(last.nextRunAt ?? "")).toBe(Date.parse(last.progress?.startedAt ?? "") + 300_000);
  });

  it("are gone on with from the last step when one fails, and nobody is left out", async () => {
    await addToBook(coinIds.slice(0, 600).map(coinRow));
    let calls = 0;
    const coins = markets();
    const asked = openWorld((one) => {
      calls += 1;
      return calls === 2 ? json("<garbage") : coins(one);
    });
    await sourceOf("coingecko").refresh();
    await runToEnd("coingecko");
    const firsts = asked.map(({ url }) => url.searchParams.get("ids")?.split(",")[0]);
    expect(firsts).toEqual(["coin-00000", "coin-00250", "coin-00250", "coin-00500"]);
    expect((await sourceOf("coingecko").status()).progress).toMatchObject({ products: 600, refused: 0 });
  });
});

describe("many sets", () => {
  it("are found in the list of all sets, a thousand a page", async () => {
    const owned = Array.from({ length: SOURCE_LISTED_FROM + 1 }, (_, n) => `S-${n * 40}`);
    await addToBook(owned.map((id) => setRow(id)));
    const all = Array.from({ length: 2500 }, (_, n) => withoutPicture(`S-${n}`));
    const asked = openWorld(bricks(all));
    await sourceOf("rebrickable").refresh();
    expect(await runToEnd("rebrickable")).toBe(3);
    const pages = asked.filter(({ url }) => url.pathname.endsWith("/lego/sets/"));
    expect(pages.map(({ url }) => url.searchParams.get("page"))).toEqual(["1", "2", "3"]);
    expect((await sourceOf("rebrickable").status()).progress).toMatchObject({
      total: owned.length,
      products: owned.length,
      quotes: 0,
      refused: 0,
    });
  });
});
