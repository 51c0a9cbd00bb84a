/** Sources outside, as an administrator sees them. The world outside is the test's. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { bricks, coin, json, legoSet, markets, openOutside } from "../sources/outside";
import { ADMIN, call, eventually, expectProblem, expectStatus, newId, STAFF, type Product } from "./api";

afterEach(() => void vi.restoreAllMocks());

interface Import {
  results: { externalId: string; productId: string | null; result: string; error?: { code: string } }[];
  summary: Record<string, number>;
}
interface Source {
  name: string;
  configured: boolean;
  state: string;
  lastSuccessAt: string | null;
  lastError: { reason: string } | null;
  nextRunAt: string | null;
  progress: { products: number; endedAt: string | null } | null;
}

const importIds = (name: string, externalIds: unknown, headers: Record<string, string> = {}) =>
  call<Import>(`POST /v1/admin/sources/${name}/import`, { key: ADMIN, body: { externalIds }, headers });

async function sources(): Promise<Source[]> {
  const answer = await call<{ items: Source[] }>("GET /v1/admin/sources", { key: ADMIN });
  return expectStatus(answer, 200).items;
}

describe("importing from a source", () => {
  it("D-22: makes two products of two coins with one symbol", async () => {
    const ids = [newId("gold"), newId("golden-goose")];
    openOutside(markets(ids.map((id) => coin(id, { symbol: "gold" }))));
    const { results, summary } = expectStatus(await importIds("coingecko", ids), 200);
    expect(results.map(({ productId, result }) => [productId, result])).toEqual(
      ids.map((id) => [id, "created"]),
    );
    expect(summary).toEqual({ requested: 2, created: 2, updated: 0, unchanged: 0, errors: 0 });
    for (const id of ids) {
      const product = expectStatus(await call<Product>(`GET /v1/products/${id}`), 200);
      expect(product).toMatchObject({ productId: id, kind: "asset", attributes: { symbol: "GOLD" } });
    }
  });

  it("shows what was asked for in vain a moment ago, once it is there", async () => {
    const id = newId("late");
    expectProblem(await call(`GET /v1/products/${id}`), 404, "product_not_found");
    openOutside(markets());
    expectStatus(await importIds("coingecko", [id]), 200);
    expectStatus(await call(`GET /v1/products/${id}`), 200);
  });

  it("brings in sets as they are in the catalog that was uploaded", async () => {
    const id = newId("75192");
    openOutside(bricks([legoSet(id, { name: "Millennium Falcon", theme_id: 171, num_parts: 7541 })]));
    expectStatus(await importIds("rebrickable", [id]), 200);
    expect(expectStatus(await call<Product>(`GET /v1/products/${id}`), 200)).toMatchObject({
      kind: "set",
      name: "Millennium Falcon",
      attributes: { theme: "Star Wars", subtheme: "Ultimate Collector Series", year: 2017, pieces: 7541 },
      source: { name: "rebrickable", externalId: id },
    });
  });

  it("answers the same under the same key, and runs again where the source was away", async () => {
    const id = newId("coin");
    const asked = openOutside(markets());
    const headers = { "Idempotency-Key": newId("key") };
    const first = await importIds("coingecko", [id], headers);
    const second = await importIds("coingecko", [id], headers);
    expect(second.text).toBe(first.text);
    expect(second.headers.get("Idempotency-Replayed")).toBe("true");
    expect(asked).toHaveLength(1);
    expectProblem(await importIds("coingecko", [newId("coin")], headers), 422, "idempotency_key_reused");

    const later = { "Idempotency-Key": newId("key") };
    vi.spyOn(console, "error").mockReturnValue(undefined);
    openOutside(() => json({}, { status: 418 }));
    expect(expectStatus(await importIds("coingecko", [id], later), 200).summary).toMatchObject({ errors: 1 });
    openOutside(markets());
    expect(expectStatus(await importIds("coingecko", [id], later), 200).summary).toMatchObject({
      unchanged: 1,
    });
  });

  it.each([
    ["none", []],
    ["too many", Array.from({ length: 251 }, (_, n) => `c${n}`)],
    ["no text", [7]],
    ["no list", "bitcoin"],
  ])("refuses %s", async (_, externalIds) => {
    const asked = openOutside(markets());
    expectProblem(await importIds("coingecko", externalIds), 400, "validation_failed");
    expect(asked).toHaveLength(0);
  });

  it("refuses more than a slow source can bring while somebody waits", async () => {
    const ids = Array.from({ length: 21 }, (_, n) => `${n}-1`);
    const { errors } = expectProblem(await importIds("rebrickable", ids), 400, "validation_failed");
    expect(errors[0]).toMatchObject({ path: "body.externalIds", code: "too_big" });
  });

  it("is for administrators, and of sources that there are", async () => {
    const body = { externalIds: ["a"] };
    expectProblem(
      await call("POST /v1/admin/sources/coingecko/import", { key: STAFF, body }),
      403,
      "forbidden",
    );
    expectProblem(await importIds("nobody", ["a"]), 404, "route_not_found");
    expectProblem(
      await call("POST /v1/admin/sources/nobody/refresh", { key: ADMIN }),
      404,
      "route_not_found",
    );
  });
});

describe("refreshing a source", () => {
  it("begins, goes on by itself and says how far it has come", async () => {
    const id = newId("coin");
    openOutside(markets([coin(id)]));
    expectStatus(await importIds("coingecko", [id]), 200);
    openOutside(markets([coin(id, { name: "Renamed" })]));
    const begun = await call<Source>("POST /v1/admin/sources/coingecko/refresh", { key: ADMIN });
    expect(expectStatus(begun, 202)).toMatchObject({ name: "coingecko", configured: true, state: "ok" });
    expectStatus(await call("POST /v1/admin/sources/coingecko/refresh", { key: ADMIN, body: {} }), 202);
    await eventually(
      () => call<Product & { name: string }>(`GET /v1/products/${id}`),
      ({ body }) => expect(body).toMatchObject({ name: "Renamed" }),
      20,
    );
    await eventually(sources, ([source]) => {
      expect(source).toMatchObject({ name: "coingecko", state: "ok", lastError: null });
      expect(source?.progress?.endedAt).not.toBeNull();
    });
  });

  it("D-21, D-23: a source that fails is degraded, the other and the stock are not", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const [id, setId] = [newId("coin"), newId("set")];
    openOutside((one) =>
      one.url.hostname.startsWith("coin") ? markets()(one) : bricks([legoSet(setId)])(one),
    );
    expectStatus(await importIds("coingecko", [id]), 200);
    openOutside((one) =>
      one.url.hostname.startsWith("coin")
        ? json({}, { status: 429, headers: { "Retry-After": "7" } })
        : bricks([legoSet(setId)])(one),
    );
    expectStatus(await call("POST /v1/admin/sources/coingecko/refresh", { key: ADMIN }), 202);
    const seen = await eventually(
      sources,
      ([coins]) => expect(coins).toMatchObject({ state: "degraded", lastError: { reason: "answered 429" } }),
      10,
    );
    expect(Date.parse(seen[0]?.nextRunAt ?? "") - Date.now()).toBeGreaterThan(5000);
    expectStatus(await importIds("rebrickable", [setId]), 200);
    expect((await sources())[1]).toMatchObject({ name: "rebrickable", state: "ok" });
    expectStatus(await call(`GET /v1/inventory/${id}`), 200);
    const quote = await env.BOOK.prepare("SELECT amount FROM quotes WHERE product_id = ?").bind(id).first();
    expect(quote).toEqual({ amount: "1.50" });
  });

  it("is refused where the source is not configured", async () => {
    vi.spyOn(env.SOURCE, "getByName").mockImplementation(
      () =>
        ({
          refresh: () => Promise.resolve(null),
          importIds: () => Promise.resolve({ ok: false, code: "not_configured" }),
        }) as unknown as ReturnType<Env["SOURCE"]["getByName"]>,
    );
    const refresh = await call("POST /v1/admin/sources/rebrickable/refresh", { key: ADMIN });
    expectProblem(refresh, 409, "source_not_configured");
    expectProblem(await importIds("rebrickable", ["1-1"]), 409, "source_not_configured");
  });
});
