/**
 * CoinGecko's answers, as its public service gives them: coins that the project brings along, with prices that walk. A price
 * depends on nothing but the coin and the time, so that whoever asks twice within a step gets the same.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PROJECT_DIRECTORY } from "../wrangler.ts";
import { json, type Reply } from "./reply.ts";

export const DEMO_COINS_FILE = join(PROJECT_DIRECTORY, "data", "demo-coins.json");

type Coin = z.infer<typeof coin>;
const coin = z.object({
  id: z.string(),
  symbol: z.string(),
  name: z.string(),
  price: z.number(),
  supply: z.number(),
});

/** A coin as `/coins/markets` has it. */
export type Market = { id: string } & Record<string, unknown>;
/** All coins at a time, the largest first. */
export type Markets = (nowMs: number) => Market[];

const STEP_MS = 5000;
const DAY_MS = 24 * 3_600_000;
/** Waves that a price is made of: how long one takes, and how far it lifts the price. */
const WAVES = [
  { periodMs: 7 * 60_000, lift: 0.004 },
  { periodMs: 61 * 60_000, lift: 0.012 },
  { periodMs: 23 * 3_600_000, lift: 0.04 },
];
const PER_PAGE = 100;

export function readDemoCoins(): Coin[] {
  return z.array(coin).parse(JSON.parse(readFileSync(DEMO_COINS_FILE, "utf8")));
}

export function walkingMarkets(coins = readDemoCoins()): Markets {
  return (nowMs) => {
    const atMs = nowMs - (nowMs % STEP_MS);
    return coins
      .map((one) => ({ one, cap: priceAt(one, atMs) * one.supply }))
      .toSorted((a, b) => b.cap - a.cap)
      .map(({ one, cap }, index) => marketOf(one, { atMs, cap, rank: index + 1 }));
  };
}

function marketOf(one: Coin, { atMs, cap, rank }: { atMs: number; cap: number; rank: number }): Market {
  const price = priceAt(one, atMs);
  const before = priceAt(one, atMs - DAY_MS);
  return {
    id: one.id,
    symbol: one.symbol,
    name: one.name,
    // No picture: the demo leads to no other host.
    image: null,
    current_price: price,
    market_cap: Math.round(cap),
    market_cap_rank: rank,
    total_volume: Math.round(cap * 0.031),
    price_change_24h: significant(price - before),
    price_change_percentage_24h: Number((((price - before) / before) * 100).toFixed(5)),
    circulating_supply: one.supply,
    last_updated: new Date(atMs).toISOString(),
  };
}

function priceAt({ id, price }: Coin, atMs: number): number {
  const phases = createHash("sha256").update(id).digest();
  const lift = WAVES.reduce((sum, wave, index) => {
    const phase = (phases[index] ?? 0) / 256;
    return sum + wave.lift * Math.sin(2 * Math.PI * (atMs / wave.periodMs + phase));
  }, 0);
  return significant(price * (1 + lift));
}

function significant(value: number): number {
  return Number(value.toPrecision(8));
}

/** `GET /coins/markets`, with the refusal that it has for a query without a currency. */
export function coinGeckoReply(url: URL, markets: Markets): Reply {
  if (!url.pathname.endsWith("/coins/markets")) return json(404, { error: "coin not found" });
  const query = url.searchParams;
  if (!query.has("vs_currency")) return json(422, { error: "Missing parameter vs_currency" });
  const ids = query.get("ids")?.split(",");
  const all = markets(Date.now());
  const wanted = ids ? all.filter(({ id }) => ids.includes(id)) : all;
  const perPage = Math.min(250, Number(query.get("per_page") ?? PER_PAGE));
  const from = (Number(query.get("page") ?? 1) - 1) * perPage;
  return json(200, wanted.slice(from, from + perPage));
}
