import { afterEach, describe, expect, it, vi } from "vitest";
import { parseExactly, signedDecimal } from "../../src/sources/exact-json";
import { coinGecko } from "../../src/sources/coingecko";
import { SourceFailure } from "../../src/sources/failure";
import { coin, fetching, json, markets, type Answer } from "./outside";

afterEach(() => void vi.useRealTimers());

const SETTINGS = { url: "https://coins.invalid/api/v3", apiKey: "", refreshMs: 1000 };

function source(answer: Answer, settings: Partial<typeof SETTINGS> = {}) {
  const { fetch, asked } = fetching(answer);
  return { source: coinGecko({ ...SETTINGS, ...settings }, fetch), asked };
}

async function fetchOne(id: string, item: string) {
  return source(() => json(`[${item}]`)).source.fetchRecords([id]);
}

/** A coin as text, with a number that no float holds. */
function withPrice(price: string, id = "tiny"): string {
  return JSON.stringify(coin(id)).replace('"current_price":1.5', `"current_price":${price}`);
}

describe("CoinGecko", () => {
  it("asks for all ids in one call, in dollars, as exactly as it can", async () => {
    const { source: coins, asked } = source(markets());
    const { records } = await coins.fetchRecords(["bitcoin", "ethereum"]);
    expect(records.map(({ externalId }) => externalId)).toEqual(["bitcoin", "ethereum"]);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.url.pathname).toBe("/api/v3/coins/markets");
    expect(asked[0]?.url.search).toBe("?vs_currency=usd&ids=bitcoin,ethereum&per_page=250&precision=full");
  });

  it("makes of a coin what a product takes from it, and its price", async () => {
    const picture = "https://assets.coingecko.com/coins/images/1/large/bitcoin.png?1547033579";
    const more = { symbol: "btc", name: "Bitcoin", image: picture, market_cap_rank: 1, total_volume: 2.5e21 };
    const { source: coins } = source(markets([coin("bitcoin", more)]));
    expect((await coins.fetchRecords(["bitcoin"])).records).toEqual([
      {
        externalId: "bitcoin",
        fields: { kind: "asset", name: "Bitcoin", imageUrl: picture, attributes: { symbol: "BTC", rank: 1 } },
        quote: {
          amount: "1.50",
          currency: "USD",
          atMs: Date.parse("2026-01-02T03:04:05.678Z"),
          change24hPercent: "-1.25",
          marketCap: "1000",
          volume24h: "2500000000000000000000",
        },
      },
    ]);
  });

  it.each([
    ["1.2345e-10", "0.00000000012345"],
    ["2.993e-05", "0.00002993"],
    ["0.000000198", "0.000000198"],
    ["1.2345678901234567e-10", "0.00000000012345678901234567"],
    ["0.1234567890123456789", "0.1234567890123456789"],
    ["42981", "42981.00"],
    ["9007199254740993", undefined],
    ["900719925474099.3", "900719925474099.30"],
    ["0", "0.00"],
  ])("a price of %s is exact", async (text, amount) => {
    const { records, rejected } = await fetchOne("tiny", withPrice(text));
    expect(records[0]?.quote?.amount).toBe(amount);
    expect(rejected).toHaveLength(amount === undefined ? 1 : 0);
  });

  it.each(["-1", '"1.5"x', "true", "{}", '"NaN"', "1e999"])("a price of %s is none", async (text) => {
    if (text === '"1.5"x') {
      await expect(fetchOne("tiny", withPrice(text))).rejects.toMatchObject({ kind: "bad_answer" });
      return;
    }
    const { records, rejected } = await fetchOne("tiny", withPrice(text));
    expect({ records, rejected }).toEqual({
      records: [],
      rejected: [{ externalId: "tiny", reason: expect.stringContaining("current_price") }],
    });
  });

  it("refuses a bad record by itself, with its id, and goes on", async () => {
    const coins = [
      coin("good"),
      coin("nameless", { name: "" }),
      coin("control", { name: "a\u0000b" }),
      coin("undated", { last_updated: "yesterday" }),
      coin("fine", {
        surprise: { deep: [1] },
        market_cap: null,
        market_cap_rank: null,
        image: "javascript:1",
      }),
    ];
    const { source: from } = source(() => json([...coins, null, 7, { symbol: "x" }]));
    const { records, rejected } = await from.fetchRecords(coins.map(({ id }) => id));
    expect(records.map(({ externalId }) => externalId)).toEqual(["good", "fine"]);
    expect(records[1]).toMatchObject({
      fields: { imageUrl: null, attributes: { rank: null } },
      quote: { marketCap: null },
    });
    expect(rejected.map(({ externalId }) => externalId)).toEqual(["nameless", "control", "undated"]);
    expect(rejected.every(({ reason }) => reason.length > 5)).toBe(true);
  });

  it.each([{ current_price: null }, { last_updated: null }])(
    "has no quote of a coin with %o",
    async (more) => {
      const { source: from } = source(markets([coin("quiet", more)]));
      const { records } = await from.fetchRecords(["quiet"]);
      expect(records).toMatchObject([{ externalId: "quiet", quote: null }]);
    },
  );

  it("takes nothing that nobody asked for, and nothing twice", async () => {
    const both = [coin("gold", { name: "First" }), coin("gold", { name: "Second" }), coin("other")];
    const { source: from } = source(() => json(both));
    const { records } = await from.fetchRecords(["gold"]);
    expect(records.map(({ fields }) => fields.name)).toEqual(["First"]);
  });

  it("knows coins of one symbol apart", async () => {
    const same = [coin("gold", { symbol: "gold" }), coin("golden-goose", { symbol: "gold" })];
    const { source: from } = source(markets(same));
    const { records } = await from.fetchRecords(["gold", "golden-goose"]);
    expect(records.map((record) => [record.externalId, record.fields.attributes["symbol"]])).toEqual([
      ["gold", "GOLD"],
      ["golden-goose", "GOLD"],
    ]);
  });

  it.each(['{"error":"x"}', "[", "", "null", '"text"'])("takes %s for no answer", async (text) => {
    const failure = source(() => json(text)).source.fetchRecords(["a"]);
    await expect(failure).rejects.toBeInstanceOf(SourceFailure);
    await expect(failure).rejects.toMatchObject({ kind: "bad_answer" });
  });

  it("sends its key in the header that goes with the host, and never in the address", async () => {
    const demo = source(markets(), { apiKey: "k1" });
    await demo.source.fetchRecords(["a"]);
    expect(demo.asked[0]?.headers.get("x-cg-demo-api-key")).toBe("k1");
    const pro = source(markets(), { apiKey: "k2", url: "https://pro-api.coins.invalid/api/v3" });
    await pro.source.fetchRecords(["a"]);
    expect(pro.asked[0]?.headers.get("x-cg-pro-api-key")).toBe("k2");
    expect(pro.asked[0]?.url.href).not.toContain("k2");
    const none = source(markets());
    await none.source.fetchRecords(["a"]);
    expect([...(none.asked[0]?.headers.keys() ?? [])].filter((name) => name.startsWith("x-cg"))).toEqual([]);
  });
});

describe("numbers as they are written", () => {
  it("keeps each one's text, however deep", () => {
    expect(parseExactly('{"a":[1.10,-2e-7,{"b":1E5}],"c":"1.0","d":true,"e":null}')).toEqual({
      a: ["1.10", "-2e-7", { b: "1E5" }],
      c: "1.0",
      d: true,
      e: null,
    });
  });

  it.each([
    ["-1.5e-7", "-0.00000015"],
    ["1.5E+3", "1500"],
    ["-0.5", "-0.5"],
    ["--1", undefined],
    ["1e100", undefined],
    ["abc", undefined],
  ])("%s is %s", (text, plain) => {
    expect(signedDecimal(text)).toBe(plain);
  });
});
