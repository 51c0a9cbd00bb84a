/** What views and pages make of a market price: fresh, stale, in another currency, absent. */
import { describe, expect, it } from "vitest";
import { quoteView } from "../../../src/domain/quote";
import { assetsPage } from "../../../src/http/views/assets-page";
import { assetViewOf } from "../../../src/http/views/asset-view";
import { assetPage, productPage, setPage } from "../../../src/http/views/product-pages";
import { setViewOf } from "../../../src/http/views/set-view";
import { readShownProduct, type ShownProduct } from "../../../src/http/views/shown-product";

const NOW = Date.now();
const HOUR_MS = 3_600_000;

/** A market price of so long ago. */
function quote(amount: string, ageMs: number, currency = "USD") {
  const known = { change24hPercent: "-1.234", marketCap: "1931234567890.12", volume24h: null };
  return quoteView({ amount, currency, source: "<feed>", atMs: NOW - ageMs, ...known }, NOW);
}

function shown(more: Partial<ShownProduct>): ShownProduct {
  const time = new Date(NOW - 100 * HOUR_MS).toISOString();
  return readShownProduct(
    JSON.stringify({
      productId: "P-1",
      kind: "set",
      name: "A thing",
      description: null,
      status: "active",
      barcode: null,
      imageUrl: null,
      tags: [],
      attributes: {},
      price: { amount: "799.99", currency: "USD" },
      quote: null,
      source: null,
      minimumStockLevel: 0,
      maximumStockLevel: null,
      maxPerCustomer: null,
      availability: "in_stock",
      version: 1,
      createdAt: time,
      updatedAt: time,
      ...more,
    }),
  );
}

const url = new URL("https://holdfast.test/inventory/P-1");
/** What is read of a page. */
const textOf = (html: string) => html.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");

describe("the current price of a set", () => {
  it.each([
    ["is the market's while that is fresh", { quote: quote("649.99", HOUR_MS) }, 649.99, "USD"],
    ["is the catalog's when that is stale", { quote: quote("649.99", 25 * HOUR_MS) }, 799.99, "USD"],
    ["is the catalog's when that has another currency", { quote: quote("9", HOUR_MS, "EUR") }, 799.99, "USD"],
    ["is the market's in its currency alone", { quote: quote("9", HOUR_MS, "EUR"), price: null }, 9, "EUR"],
    ["is unknown when all there is is stale", { quote: quote("9", 25 * HOUR_MS), price: null }, null, null],
  ])("%s", (_, more, current, currency) => {
    const product = shown(more);
    const msrp = product.price === null ? null : 799.99;
    expect(setViewOf("P", product).price).toEqual({ msrp, current, currency });
  });

  it("takes attributes that are numbers as text, and nothing that is none", () => {
    const view = (pieces: string | number | boolean) =>
      setViewOf("P", shown({ attributes: { pieces } })).pieces;
    expect(["7541", 7541, "", "many", true].map(view)).toEqual([7541, 7541, null, null, null]);
  });
});

describe("an asset", () => {
  it("has what the market says, however old, and the time of that", () => {
    const market = quote("0.000000123", 25 * HOUR_MS);
    expect(assetViewOf(shown({ kind: "asset", quote: market }))).toMatchObject({
      current_price: 1.23e-7,
      market_cap: 1_931_234_567_890.12,
      volume_24h: null,
      price_change_24h: -1.234,
      updated_at: market.at,
    });
    const late = shown({ quote: market, updatedAt: new Date(NOW).toISOString() });
    expect(assetViewOf(late).updated_at).toBe(new Date(NOW).toISOString());
  });
});

describe("a page", () => {
  it("says where the market's price is from and how old it is", () => {
    const product = shown({ quote: quote("649.99", HOUR_MS) });
    for (const page of [setPage({ product, url, setId: "P" }), productPage({ product, url })]) {
      expect(textOf(page)).toMatch(
        /Market price \$649\.99 List price \$799\.99 From &lt;feed&gt; , 1 hour ago/,
      );
      expect(page).not.toContain("Stale");
    }
  });

  it("says that a price is stale, and shows the catalog's instead", () => {
    const product = shown({ quote: quote("649.99", 73 * HOUR_MS) });
    const text = textOf(productPage({ product, url }));
    expect(text).toMatch(
      /List price \$799\.99 .*Stale\. Last market price \$649\.99, from &lt;feed&gt; , 3 days ago/,
    );
  });

  it("of an asset shows the market's price even then, as stale", () => {
    const product = shown({ kind: "asset", quote: quote("0.5", 25 * HOUR_MS), attributes: { symbol: "P" } });
    const text = textOf(assetPage({ product, url }));
    expect(text).toMatch(
      /Market price \$0\.5 .*In 24 h −1\.23 % .*Market cap \$1,931,234,567,890 .*Stale\. From/,
    );
    expect(text).toContain("Traded in 24 h Unknown");
    const list = textOf(assetsPage({ products: [product], nextCursor: null, url }));
    expect(list).toContain("$0.5 stale −1.23 % $1,931,234,567,890");
  });

  it("says that there is no price", () => {
    const product = shown({ price: null });
    expect(textOf(productPage({ product, url }))).toContain("No price is known.");
    expect(textOf(assetsPage({ products: [product], nextCursor: null, url }))).toContain("Unknown");
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "no address"])(
    "leads nowhere for the picture %s",
    (imageUrl) => {
      const page = productPage({ product: shown({ imageUrl }), url });
      expect(page).not.toContain("Picture");
      expect(page).not.toContain(imageUrl);
    },
  );

  it("shows every other field there is", () => {
    const product = shown({
      description: "One\nTwo",
      status: "suspended",
      availability: "unavailable",
      barcode: "5702015869935",
      tags: ["ucs"],
      attributes: { pieces: 7541, limited: true, retired: false, year: 2017 },
      source: { name: "rebrickable", externalId: "75192-1" },
      maxPerCustomer: 2,
    });
    const text = textOf(productPage({ product, url }));
    for (const told of [
      "Not for sale",
      "Pieces 7,541",
      "Limited yes",
      "Retired no",
      "Year 2017",
      "Barcode 5702015869935",
      "Source rebrickable 75192-1",
      "At most for one customer 2",
      "Status suspended",
      "Tags ucs",
    ])
      expect(text).toContain(told);
  });

  it("of no assets says why there are none", () => {
    const empty = (path: string) =>
      textOf(assetsPage({ products: [], nextCursor: null, url: new URL(path, "https://holdfast.test") }));
    expect(empty("/inventory/assets")).toContain("There are no assets yet.");
    expect(empty("/inventory/assets/search?q=x")).toContain("Nothing matches this search. Clear search");
    expect(empty("/inventory/assets?cursor=x")).toContain("Nothing more on this page. First page");
  });
});
