/** Market prices as a feed pushes them, and as they are read: with the product, in lists, as a history. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  ADMIN,
  call,
  eventually,
  everyItem,
  expectProblem,
  expectStatus,
  newId,
  newProduct,
  type Answer,
  type Page,
} from "./api";
import { entryKey } from "../../src/kv/catalog-cache";
import { quoteKey } from "../../src/kv/quote-cache";
import { QUOTE_KV_SPACING_MS } from "../../src/limits/quotes";

interface Row {
  index: number;
  productId: string | null;
  result: string;
  status?: number;
  code?: string;
  detail?: string;
  errors?: { path: string; code: string }[];
}

interface Pushed {
  results: Row[];
  summary: { total: number; recorded: number; late: number; duplicates: number; refused: number };
}

interface Quoted {
  productId: string;
  quote: Record<string, unknown> | null;
}

interface Point {
  at: string;
  open: string;
  high: string;
  low: string;
  close: string;
  currency: string;
  source: string;
}

interface PricePage extends Page<Point> {
  interval: string;
}

const usd = (amount: string | number) => ({ amount, currency: "USD" });

function push(quotes: unknown[], headers: Record<string, string> = {}): Promise<Answer<Pushed>> {
  return call<Pushed>("POST /v1/quotes", { body: { quotes }, headers });
}

async function pushed(quotes: unknown[]): Promise<Row[]> {
  return expectStatus(await push(quotes), 200).results;
}

/** From the object and the book: the newest there is. */
async function newestOf(productId: string): Promise<Quoted> {
  const headers = { "Cache-Control": "no-cache" };
  return expectStatus(await call<Quoted>(`GET /v1/products/${productId}`, { headers }), 200);
}

const agoMs = (ms: number) => new Date(Date.now() - ms).toISOString();
const HOUR_MS = 3_600_000;

describe("prices that are pushed in", () => {
  it("are with the product at once, and beside the shopper a moment later, exact to the last place", async () => {
    const productId = await newProduct(1, { price: usd("9.99"), tags: ['"quote":null'] });
    const at = agoMs(90_000);
    const price = { amount: "0.000000000000123456", currency: "USD" };
    expect(await pushed([{ productId, price, at, source: "kraken" }])).toEqual([
      { index: 0, productId, result: "recorded" },
    ]);
    const quote = {
      ...price,
      source: "kraken",
      at,
      ageSeconds: expect.any(Number),
      stale: false,
      change24hPercent: null,
      marketCap: null,
      volume24h: null,
    };
    const product = await newestOf(productId);
    expect(product).toMatchObject({ quote, price: usd("9.99"), tags: ['"quote":null'] });
    expect(product.quote?.["ageSeconds"]).toBeGreaterThanOrEqual(90);
    await eventually(
      async () => (await call<Quoted>(`GET /v1/products/${productId}`)).body,
      (read) => expect(read).toMatchObject({ quote, tags: ['"quote":null'] }),
    );
  });

  it("take a number as it is written, also as 1.5e-7, and are of now and from `feed` unless they say", async () => {
    const productId = await newProduct(1);
    await pushed([{ productId, price: usd(1.5e-7) }]);
    const { quote } = await newestOf(productId);
    expect(quote).toMatchObject({ amount: "0.00000015", source: "feed", stale: false });
    expect(quote?.["ageSeconds"]).toBeLessThan(10);
  });

  it("twice, late, from the future, too old or bad: each row is said, and the good ones stand", async () => {
    const productId = await newProduct(1);
    const unknown = newId("unknown");
    const at = agoMs(60_000);
    const good = { productId, price: usd("2.00"), at };
    const answer = expectStatus(
      await push([
        good,
        good,
        { ...good, price: usd("1.00"), at: agoMs(120_000) },
        { ...good, at: agoMs(-60_000) },
        { ...good, at: "2001-01-01T00:00:00Z" },
        { ...good, productId: unknown },
        { ...good, price: usd("-1") },
        "no row",
        { ...good, more: 1 },
        { ...good, source: "no source" },
        { ...good, price: usd("3.00"), at: agoMs(30_000) },
      ]),
      200,
    );
    expect(answer.results.map(({ result }) => result)).toEqual([
      "recorded",
      "duplicate",
      "late",
      "refused",
      "refused",
      "refused",
      "refused",
      "refused",
      "refused",
      "refused",
      "recorded",
    ]);
    expect(answer.summary).toEqual({ total: 11, recorded: 2, late: 1, duplicates: 1, refused: 7 });
    expect(answer.results.map(({ index }) => index)).toEqual([...answer.results.keys()]);
    const refused = (index: number) => answer.results[index];
    expect(refused(3)).toMatchObject({ status: 400, code: "validation_failed", productId });
    expect(refused(3)?.errors).toMatchObject([{ path: "body.quotes[3].at", code: "in_future" }]);
    expect(refused(4)?.errors).toMatchObject([{ path: "body.quotes[4].at", code: "too_old" }]);
    expect(refused(5)).toMatchObject({ status: 404, code: "product_not_found", productId: unknown });
    expect(refused(6)?.errors).toMatchObject([{ path: "body.quotes[6].price.amount" }]);
    expect(refused(7)).toMatchObject({ code: "validation_failed", productId: null });
    expect(refused(8)?.errors).toMatchObject([{ code: "unknown_field" }]);
    expect(refused(9)?.errors).toMatchObject([{ path: "body.quotes[9].source" }]);
    expect(await newestOf(productId)).toMatchObject({ quote: { amount: "3.00" } });
    expect(await pushed([good])).toMatchObject([{ result: "duplicate" }]);
  });

  it("500 in a request with bad ones among them; 501 are too many, and a deleted product is unknown", async () => {
    const [productId, deleted] = [await newProduct(1), await newProduct(0)];
    expectStatus(await call(`DELETE /v1/products/${deleted}`, { key: ADMIN }), 204);
    const start = Date.now() - HOUR_MS;
    const row = (index: number) => ({
      productId,
      price: usd(index + 1),
      at: new Date(start + index * 1000).toISOString(),
    });
    const rows = Array.from({ length: 500 }, (_, index) => {
      if (index % 100 === 7) return { ...row(index), price: usd("cheap") };
      return index === 250 ? { ...row(index), productId: deleted } : row(index);
    });
    const { results, summary } = expectStatus(await push(rows), 200);
    expect(summary).toEqual({ total: 500, recorded: 494, late: 0, duplicates: 0, refused: 6 });
    expect(results[250]).toMatchObject({ result: "refused", code: "product_not_found", productId: deleted });
    expect(await newestOf(productId)).toMatchObject({ quote: { amount: "500.00" } });
    expectProblem(await push([...rows, row(500)]), 400, "validation_failed");
    expectProblem(await push([]), 400, "validation_failed");
  });

  it("under an idempotency key are recorded once and answered the same", async () => {
    const productId = await newProduct(1);
    const headers = { "Idempotency-Key": newId("key") };
    const first = expectStatus(await push([{ productId, price: usd("5") }], headers), 200);
    const again = await push([{ productId, price: usd("5") }], headers);
    expect(expectStatus(again, 200)).toEqual(first);
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expectProblem(await push([{ productId, price: usd("6") }], headers), 422, "idempotency_key_reused");
  });
});

describe("a product with a quote", () => {
  it("is answered whole whatever version the caller has; without one it is 304 as ever", async () => {
    const productId = await newProduct(1);
    const path = `GET /v1/products/${productId}`;
    const etag = (await call(path)).headers.get("ETag") ?? "";
    for (const more of [{}, { "Cache-Control": "no-cache" }]) {
      expect((await call(path, { headers: { "If-None-Match": etag, ...more } })).status).toBe(304);
    }
    await pushed([{ productId, price: usd("5") }]);
    const read = () => call<Quoted>(path, { headers: { "If-None-Match": etag } });
    const answer = await eventually(read, ({ status }) => expect(status).toBe(200));
    expect(answer.body.quote).toMatchObject({ amount: "5.00" });
    expect(answer.headers.get("ETag")).toBe(etag);
  });

  it("has it in lists of the catalog and of the stock, where the others have null", async () => {
    const kind = newId("kind");
    const [quoted, plain] = [await newProduct(1, { kind }), await newProduct(1, { kind })];
    await pushed([{ productId: quoted, price: usd("5") }]);
    for (const path of [`/v1/products?kind=${kind}`, `/v1/inventory?kind=${kind}`]) {
      const items = await eventually(
        () => everyItem<Quoted>(path),
        (found) => expect(found).toHaveLength(2),
      );
      const byId = new Map(items.map(({ productId, quote }) => [productId, quote]));
      expect(byId.get(quoted), path).toMatchObject({ amount: "5.00", source: "feed", stale: false });
      expect(byId.get(plain), path).toBeNull();
    }
  });

  it("says that it is stale when its source has been silent for long", async () => {
    const [slow, fast] = [await newProduct(1), await newProduct(1)];
    const at = agoMs(2 * HOUR_MS);
    await pushed([
      { productId: slow, price: usd("5"), at },
      { productId: fast, price: usd("5"), at, source: "coingecko" },
    ]);
    expect(await newestOf(slow)).toMatchObject({ quote: { stale: false } });
    expect(await newestOf(fast)).toMatchObject({ quote: { stale: true } });
  });
});

describe("the history of a product's prices", () => {
  const prices = (productId: string, query = "") =>
    call<PricePage>(`GET /v1/products/${productId}/prices${query}`);

  async function withHistory() {
    const productId = await newProduct(1);
    const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    const at = (ms: number) => new Date(hour + ms).toISOString();
    await pushed([
      { productId, price: usd("3"), at: at(-5 * HOUR_MS) },
      { productId, price: usd("5"), at: at(-5 * HOUR_MS + 60_000) },
      { productId, price: usd("2"), at: at(-5 * HOUR_MS + 120_000) },
      { productId, price: usd("4"), at: at(-5 * HOUR_MS + 180_000) },
      { productId, price: usd("7"), at: at(-5 * HOUR_MS + 180_000), source: "other" },
      { productId, price: usd("6"), at: at(-3 * HOUR_MS) },
    ]);
    return { productId, at };
  }

  it("is open, high, low and close by source: in hours unless the span or the caller says otherwise", async () => {
    const { productId, at } = await withHistory();
    const whole = expectStatus(await prices(productId), 200);
    const first = { at: at(-5 * HOUR_MS), currency: "USD" };
    expect(whole).toEqual({
      interval: "hour",
      items: [
        { ...first, open: "3.00", high: "5.00", low: "2.00", close: "4.00", source: "feed" },
        { ...first, open: "7.00", high: "7.00", low: "7.00", close: "7.00", source: "other" },
        {
          ...first,
          at: at(-3 * HOUR_MS),
          open: "6.00",
          high: "6.00",
          low: "6.00",
          close: "6.00",
          source: "feed",
        },
      ],
      nextCursor: null,
    });
    const raw = expectStatus(
      await prices(productId, `?from=${at(-5 * HOUR_MS)}&to=${at(-4 * HOUR_MS)}`),
      200,
    );
    expect(raw.interval).toBe("raw");
    expect(raw.items.map(({ close }) => close)).toEqual(["3.00", "5.00", "2.00", "4.00", "7.00"]);
    const days = expectStatus(await prices(productId, "?interval=day&source=feed"), 200);
    expect(new Set(days.items.map(({ source }) => source))).toEqual(new Set(["feed"]));
    expect(days.items.at(-1)).toMatchObject({ close: "6.00", at: expect.stringMatching(/T00:00:00.000Z$/) });
  });

  it("pages without losing or repeating a point, with a filter too; a cursor of another interval is none", async () => {
    const { productId } = await withHistory();
    const path = `/v1/products/${productId}/prices`;
    const all = await everyItem<Point>(`${path}?interval=raw`);
    expect(all).toHaveLength(6);
    expect(await everyItem<Point>(`${path}?interval=raw&limit=1`)).toEqual(all);
    const feed = all.filter(({ source }) => source === "feed");
    expect(await everyItem<Point>(`${path}?interval=raw&limit=2&source=feed`)).toEqual(feed);
    const { nextCursor } = expectStatus(await prices(productId, "?limit=1"), 200);
    expect(nextCursor).not.toBeNull();
    const next = expectStatus(await prices(productId, `?limit=1&cursor=${nextCursor}`), 200);
    expect(next).toMatchObject({ interval: "hour", items: [{ source: "other" }] });
    expectProblem(await prices(productId, `?interval=raw&cursor=${nextCursor}`), 400, "validation_failed");
  });

  it("of an unknown product is 404, of one without prices empty; nonsense is 400", async () => {
    expectProblem(await prices(newId("unknown")), 404, "product_not_found");
    const productId = await newProduct(1);
    expect(expectStatus(await prices(productId), 200)).toMatchObject({ items: [], nextCursor: null });
    for (const query of ["?interval=week", "?from=yesterday", "?limit=1001", "?cursor=x"]) {
      expectProblem(await prices(productId, query), 400, "validation_failed");
    }
  });
});

describe("when something is away", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("D1: a push is refused as a whole and may be sent again; a product is read all the same", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const productId = await newProduct(1);
    const row = { productId, price: usd("5"), at: agoMs(1000) };
    const away = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("D1 is away"));
    const headers = { "Idempotency-Key": newId("key") };
    expectProblem(await push([row], headers), 503, "book_unavailable");
    away.mockRestore();
    expect(expectStatus(await push([row], headers), 200).results).toMatchObject([{ result: "recorded" }]);
    await eventually(
      async () => (await call<Quoted>(`GET /v1/products/${productId}`)).body,
      (read) => expect(read.quote).toMatchObject({ amount: "5.00" }),
    );
    vi.spyOn(env.BOOK, "prepare").mockImplementation(() => {
      throw new Error("D1 is away");
    });
    expect(await newestOf(productId), "from KV").toMatchObject({ productId, quote: { amount: "5.00" } });
  });

  it("KV, which has lost everything: the book answers, and the next is beside the shopper again", async () => {
    const productId = await newProduct(1);
    await pushed([{ productId, price: usd("5") }]);
    const key = quoteKey(productId);
    await eventually(
      () => env.CATALOG.get(key),
      (text) => expect(text).not.toBeNull(),
    );
    await Promise.all([env.CATALOG.delete(key), env.CATALOG.delete(entryKey(productId))]);
    const read = expectStatus(await call<Quoted>(`GET /v1/products/${productId}`), 200);
    expect(read.quote).toMatchObject({ amount: "5.00" });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + QUOTE_KV_SPACING_MS + 1000 });
    await runDurableObjectAlarm(env.QUOTES.getByName("quotes"));
    await eventually(
      () => env.CATALOG.get(key),
      (text) => expect(text).toContain("5.00"),
    );
  });

  it("KV: the product comes from the book, with its quote", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const productId = await newProduct(1);
    await pushed([{ productId, price: usd("5") }]);
    vi.spyOn(env.CATALOG, "get").mockRejectedValue(new Error("KV is away"));
    const read = expectStatus(await call<Quoted>(`GET /v1/products/${productId}`), 200);
    expect(read.quote).toMatchObject({ amount: "5.00" });
  });
});
