/**
 * CoinGecko: coins and their market prices in US dollars (`/coins/markets`). A coin is known by its id and never by its symbol,
 * which several may have.
 */
import { normalizeAmount } from "../domain/money";
import type { SourceRecord } from "../domain/source";
import { COINGECKO_IDS_PER_CALL, COINGECKO_SPACING_MS } from "../limits/sources";
import * as z from "zod";
import { isAmount, parseExactly, signedDecimal } from "./exact-json";
import { SourceFailure } from "./failure";
import { fetchText, type Fetch } from "./fetching";
import { imageUrl, keyIn, plainText, readRecords, type Source, type SourceSettings } from "./source";
import { Spacing } from "./spacing";

/** Numbers come as their text. What is no decimal is left out, not refused: only the price matters. */
const decimal = z
  .unknown()
  .transform((value) => (typeof value === "string" ? (signedDecimal(value) ?? null) : null));

const price = z
  .string()
  .transform((text) => signedDecimal(text) ?? "")
  .refine(isAmount, "is no price")
  .transform(normalizeAmount);

const rank = z
  .unknown()
  .transform((value) => (typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : null));

const coin = z
  .object({
    id: z.string(),
    symbol: plainText,
    name: plainText,
    image: imageUrl.optional(),
    current_price: price.nullish(),
    market_cap: decimal.optional(),
    market_cap_rank: rank.optional(),
    total_volume: decimal.optional(),
    price_change_percentage_24h: decimal.optional(),
    last_updated: z.iso.datetime({ offset: true }).nullish(),
  })
  .transform((coin): SourceRecord => ({
    externalId: coin.id,
    fields: {
      kind: "asset",
      name: coin.name,
      imageUrl: coin.image ?? null,
      attributes: { symbol: coin.symbol.toUpperCase(), rank: coin.market_cap_rank ?? null },
    },
    // A price of an unknown time is no price.
    quote:
      coin.current_price && coin.last_updated
        ? {
            amount: coin.current_price,
            currency: "USD",
            atMs: Date.parse(coin.last_updated),
            change24hPercent: coin.price_change_percentage_24h ?? null,
            marketCap: coin.market_cap ?? null,
            volume24h: coin.total_volume ?? null,
          }
        : null,
  }));

export function coinGecko({ url, apiKey, refreshMs }: SourceSettings, fetch: Fetch): Source {
  const spacing = new Spacing(COINGECKO_SPACING_MS);
  // Two kinds of keys, each with its host and its header.
  const keyHeader = new URL(url).hostname.startsWith("pro-") ? "x-cg-pro-api-key" : "x-cg-demo-api-key";
  const headers: Record<string, string> = apiKey === "" ? {} : { [keyHeader]: apiKey };
  return {
    name: "coingecko",
    idsPerCall: COINGECKO_IDS_PER_CALL,
    idsPerImport: COINGECKO_IDS_PER_CALL,
    refreshMs,
    spacingMs: COINGECKO_SPACING_MS,
    async fetchRecords(externalIds) {
      await spacing.turn();
      const ids = externalIds.map(encodeURIComponent).join(",");
      const query = `vs_currency=usd&ids=${ids}&per_page=${COINGECKO_IDS_PER_CALL}&precision=full`;
      const coins = parseExactly(await fetchText(fetch, { url: `${url}/coins/markets?${query}`, headers }));
      if (!Array.isArray(coins)) throw new SourceFailure("bad_answer", "the answer is no list of coins");
      const asked = new Set(externalIds);
      const idOf = (item: unknown) => {
        const id = keyIn(item, "id");
        return id !== undefined && asked.delete(id) ? id : undefined;
      };
      return readRecords(coins, idOf, coin);
    },
  };
}
