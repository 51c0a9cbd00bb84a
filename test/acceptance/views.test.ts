/** Sets and assets as collectors' and traders' clients expect them, and pages for browsers. CASES D-02. */
import { describe, expect, it } from "vitest";
import {
  ADMIN,
  call,
  eventually,
  everyItem,
  expectProblem,
  expectStatus,
  newId,
  newProduct,
  type Page,
} from "./api";

interface SetView {
  set_id: string;
  name: string;
  pieces: number | null;
  theme: string | null;
  year: number | null;
  availability: string;
  price: { msrp: number | null; current: number | null; currency: string | null };
}

interface Asset {
  asset_id: string;
  current_price: number | null;
  status: string;
}

const HTML = { headers: { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };

/** Of this kind, with this much in stock; the id may be given. */
async function newOfKind(kind: string, catalog: object, productId = newId(kind)): Promise<string> {
  const body = { productId, kind, name: `The ${productId}`, ...catalog };
  expectStatus(await call("POST /v1/products", { body }), 201);
  return productId;
}

const FALCON = {
  name: "Millennium Falcon",
  attributes: { pieces: 7541, theme: "Star Wars", year: 2017 },
  price: { amount: "799.99", currency: "USD" },
};

describe("a set", () => {
  it.each(["/inventory", "/brick-api/inventory"])("at %s is found with and without its -1", async (path) => {
    const number = newId("75192").replaceAll("-", "");
    await newOfKind("set", FALCON, `${number}-1`);
    for (const asked of [number, `${number}-1`]) {
      expect(expectStatus(await call<SetView>(`GET ${path}/${asked}`), 200)).toEqual({
        set_id: asked,
        name: "Millennium Falcon",
        pieces: 7541,
        theme: "Star Wars",
        year: 2017,
        availability: "out_of_stock",
        price: { msrp: 799.99, current: 799.99, currency: "USD" },
      });
    }
  });

  it("says null for what nobody knows", async () => {
    const setId = await newOfKind("set", { name: "Bag of bricks" });
    expect(expectStatus(await call<SetView>(`GET /inventory/${setId}`), 200)).toMatchObject({
      pieces: null,
      theme: null,
      year: null,
      price: { msrp: null, current: null, currency: null },
    });
  });

  it("of exactly this number comes before the one with -1, and only sets count", async () => {
    const exact = await newOfKind("set", { name: "exact" });
    await newOfKind("set", { name: "first variant" }, `${exact}-1`);
    expect(expectStatus(await call<SetView>(`GET /inventory/${exact}`), 200).name).toBe("exact");
    const other = await newOfKind("minifigure", { name: "no set" });
    expectProblem(await call(`GET /inventory/${other}`), 404, "product_not_found");
    await newOfKind("set", { name: "the set" }, `${other}-1`);
    const found = await eventually(
      () => call<SetView>(`GET /inventory/${other}`),
      ({ status }) => expect(status).toBe(200),
      10,
    );
    expect(found.body.name).toBe("the set");
  });

  it("has the availability that the book knows", async () => {
    const setId = await newProduct(3, { kind: "set" });
    await eventually(
      () => call<SetView>(`GET /inventory/${setId}`),
      (answer) => expect(answer.body.availability).toBe("in_stock"),
    );
  });

  it("that does not exist is a problem that says so", async () => {
    const problem = expectProblem(await call("GET /inventory/NO-SUCH"), 404, "product_not_found");
    expect(problem.detail).toBe("There is no set NO-SUCH.");
  });

  it("D-02: no product may be named like a word of these routes", async () => {
    for (const productId of ["assets", "search", "Assets"]) {
      const problem = expectProblem(await call("POST /v1/products", { body: { productId, name: "x" } }), 400);
      expect(problem.errors[0]?.message).toContain(productId.toLowerCase());
    }
  });
});

describe("an asset", () => {
  it("has the documented shape, with numbers", async () => {
    const price = { amount: "0.000000123", currency: "USD" };
    const assetId = await newOfKind("asset", { name: "Pepe", attributes: { symbol: "PEPE" }, price });
    expect(expectStatus(await call(`GET /inventory/assets/${assetId}`), 200)).toEqual({
      asset_id: assetId,
      symbol: "PEPE",
      name: "Pepe",
      current_price: 0.000000123,
      market_cap: null,
      volume_24h: null,
      price_change_24h: null,
      status: "ACTIVE",
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
  });

  it.each([
    ["active", "ACTIVE"],
    ["suspended", "SUSPENDED"],
    ["inactive", "INACTIVE"],
    ["discontinued", "INACTIVE"],
  ])("of a product that is %s is %s", async (status, shown) => {
    const assetId = await newOfKind("asset", { status });
    expect(expectStatus(await call<Asset>(`GET /inventory/assets/${assetId}`), 200).status).toBe(shown);
  });

  it("is no set, and a set is none", async () => {
    const [setId, assetId] = [await newOfKind("set", {}), await newOfKind("asset", {})];
    expectProblem(await call(`GET /inventory/assets/${setId}`), 404, "product_not_found");
    expectProblem(await call(`GET /inventory/${assetId}`), 404, "product_not_found");
  });
});

describe("lists of assets", () => {
  /** So many assets whose prices are 1, 2, 3 …; the book has them. */
  async function newAssets(statuses: string[]): Promise<string[]> {
    const stem = newId("coin");
    const ids = statuses.map((_, index) => `${stem}-${index + 1}`);
    for (const [index, status] of statuses.entries()) {
      const price = { amount: String(index + 1), currency: "USD" };
      await newOfKind("asset", { status, price }, ids[index]);
    }
    await eventually(
      () => everyItem<Asset>("/inventory/assets?limit=100"),
      (items) => expect(items.map((item) => item.asset_id)).toEqual(expect.arrayContaining(ids)),
    );
    return ids;
  }

  it("lead from page to page, every asset once", async () => {
    const ids = await newAssets(["active", "active", "suspended", "active"]);
    await newOfKind("set", {});
    const all = (await everyItem<Asset>("/inventory/assets?limit=2")).map((item) => item.asset_id);
    expect(all).toEqual([...new Set(all)]);
    expect(all.filter((id) => ids.includes(id))).toEqual(ids);
    expect(all.every((id) => !id.startsWith("set-"))).toBe(true);
    const first = await call<Page<Asset>>("GET /inventory/assets?limit=2");
    const link = first.headers.get("Link") ?? "";
    expect(link).toMatch(/^<\/inventory\/assets\?limit=2&cursor=[^>]+>; rel="next"$/);
    expect(first.headers.get("X-Book-Offset")).toMatch(/^\d+$/);
  });

  it("are narrowed to those that are active", async () => {
    const [active = "", ...others] = await newAssets(["active", "suspended", "discontinued"]);
    const ids = (await everyItem<Asset>("/inventory/assets?active_only=true")).map((item) => item.asset_id);
    expect(ids).toContain(active);
    expect(ids.filter((id) => others.includes(id))).toEqual([]);
  });

  async function search(query: string, among: string[]): Promise<string[]> {
    const items = await everyItem<Asset>(`/inventory/assets/search?${query}`);
    return items.map((item) => item.asset_id).filter((id) => among.includes(id));
  }

  it("are searched by price and status, and sorted", async () => {
    const ids = await newAssets(["active", "suspended", "inactive", "discontinued", "active"]);
    const numbers = async (query: string) => (await search(query, ids)).map((id) => Number(id.at(-1)));
    expect(await numbers("min_price=2&max_price=4&sort=-price")).toEqual([4, 3, 2]);
    expect(await numbers("status=INACTIVE&sort=price")).toEqual([3, 4]);
    expect(await numbers("status=active&sort=price")).toEqual([1, 5]);
    expect(await numbers("status=SUSPENDED&min_price=3")).toEqual([]);
  });

  it("take a form whose fields were left empty", async () => {
    const ids = await newAssets(["active", "suspended"]);
    expect(await search("q=&min_price=&max_price=&status=&sort=", ids)).toEqual(ids);
  });

  it.each(["min_price=much", "status=ALIVE", "sort=luck", "limit=0", "active_only=perhaps", "page=2"])(
    "refuse %s and say where it is wrong",
    async (query) => {
      const path = query.startsWith("active") ? "/inventory/assets" : "/inventory/assets/search";
      const problem = expectProblem(await call(`GET ${path}?${query}`), 400, "validation_failed");
      expect(problem.errors[0]?.path).toBe(`query.${query.split("=")[0]}`);
    },
  );
});

describe("a page", () => {
  const HOSTILE = {
    name: `<script>alert(1)</script>"'&\u202Etxt`,
    description: "</p><img src=x onerror=alert(1)>",
    imageUrl: `https://pictures.example/a.png?"><script>`,
    tags: ["<b>tag</b>"],
    attributes: { theme: "javascript:alert(1)", "x onclick": `"><svg onload=alert(1)>`, symbol: "<i>" },
  };

  async function pages(): Promise<string[]> {
    const setId = await newOfKind("set", HOSTILE);
    const assetId = await newOfKind("asset", HOSTILE);
    await eventually(
      () => call("GET /inventory/assets?limit=100"),
      ({ text }) => expect(text).toContain(assetId),
    );
    return [
      `/v1/products/${setId}`,
      `/inventory/${setId}`,
      `/brick-api/inventory/${setId}`,
      `/inventory/assets/${assetId}`,
      "/inventory/assets?limit=100",
      `/inventory/assets/search?q=${encodeURIComponent(`"><script>alert(1)</script>`)}`,
    ];
  }

  /** No page has any of these by itself. */
  const FOREIGN = ["script", "img", "b", "i", "style", "iframe", "object", "base"];

  const OURS = /^(?:\/(?!\/)|#|https:\/\/pictures\.example\/)/;

  /** As a parser of HTML sees it, whatever the text looks like. */
  async function markupOf(html: string) {
    const elements = new Set<string>();
    const attributes: [name: string, value: string][] = [];
    const reader = new HTMLRewriter().on("*", {
      element(element) {
        elements.add(element.tagName);
        for (const [name = "", value = ""] of element.attributes) attributes.push([name, value]);
      },
    });
    await reader.transform(new Response(html)).text();
    return { elements, attributes };
  }

  it("is what a browser gets, and nothing in it runs", async () => {
    for (const path of await pages()) {
      const answer = await call(`GET ${path}`, HTML);
      expectStatus(answer, 200);
      expect(answer.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
      expect(answer.headers.get("Content-Security-Policy")).toBe(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(answer.headers.get("Vary")).toContain("Accept");
      expect(answer.headers.get("ETag")).toBeNull();
      expect(answer.text).toMatch(/^<!doctype html><html lang="en">.*<main id="content">.*<h1>.*<\/html>$/s);
      const { elements, attributes } = await markupOf(answer.text);
      expect(
        FOREIGN.filter((name) => elements.has(name)),
        path,
      ).toEqual([]);
      expect(attributes.filter(([name]) => name.startsWith("on") || name === "style")).toEqual([]);
      const targets = attributes.filter(([name]) => ["href", "src", "action"].includes(name));
      expect(targets.filter(([, target]) => !OURS.test(target))).toEqual([]);
      expect(answer.text).not.toMatch(/<title>[^<]*\u202E/);
    }
  });

  it("leads to its JSON, which is the same that a program gets", async () => {
    for (const path of await pages()) {
      const page = await call(`GET ${path}`, HTML);
      const link = /<footer><a href="([^"]+)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
      expect(link).toContain("format=json");
      const json = await call(`GET ${link}`, HTML);
      expect(json.headers.get("Content-Type")).toBe("application/json");
      expect(expectStatus(json, 200)).toEqual(expectStatus(await call(`GET ${path}`), 200));
    }
  });

  it("shows no picture of another host, and a link there does not say where from", async () => {
    const setId = await newOfKind("set", HOSTILE);
    const { text } = await call(`GET /inventory/${setId}`, HTML);
    expect(text).toContain(`rel="noreferrer noopener nofollow"><bdi>pictures.example</bdi></a>`);
    const ours = await newOfKind("set", { imageUrl: "https://holdfast.test/pictures/a.png" });
    expect((await call(`GET /inventory/${ours}`, HTML)).text).toContain(
      `src="https://holdfast.test/pictures/a.png"`,
    );
  });

  it("of a product is sent anew to whoever has its JSON, which is not", async () => {
    const productId = await newProduct(1);
    const path = `GET /v1/products/${productId}`;
    const ETag = (await call(path)).headers.get("ETag") ?? "";
    const known = { "If-None-Match": ETag };
    expect((await call(path, { headers: known })).status).toBe(304);
    expectStatus(await call(path, { headers: { ...known, ...HTML.headers } }), 200);
  });

  it("is what is wrong too, with the same status", async () => {
    const wrong: [string, number, string | null, string][] = [
      ["GET /inventory/NO-SUCH", 404, "demo", "There is no set NO-SUCH."],
      ["GET /v1/products/NO-SUCH", 404, "demo", "There is no product NO-SUCH."],
      ["GET /inventory/assets/NO-SUCH", 404, "demo", "There is no asset NO-SUCH."],
      ["GET /inventory/75192", 401, "no-such-key", "PUBLIC_CATALOG_READS"],
      ["GET /inventory/75192", 403, "only-events:read", "catalog:read"],
      ["GET /inventory/assets/search?min_price=<b>", 400, "demo", "query.min_price"],
      ["GET /inventory/assets?cursor=x", 400, "demo", "query.cursor"],
    ];
    for (const [request, status, key, told] of wrong) {
      const answer = await call(request, { key, ...HTML });
      expect(answer.status, answer.text).toBe(status);
      expect(answer.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
      expect(answer.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
      expect(answer.text).toContain(told);
      expect(answer.text).toContain(answer.headers.get("X-Request-Id"));
      expect(answer.text).not.toContain("<b>");
    }
    const json = await call("GET /inventory/NO-SUCH?format=json", HTML);
    expectProblem(json, 404, "product_not_found");
  });

  it("is not what a program gets, and nothing else is to be had", async () => {
    const setId = await newOfKind("set", {});
    for (const Accept of [
      "*/*",
      "application/json",
      "application/json, text/html;q=0.5",
      "text/html;q=0, */*",
    ]) {
      const answer = await call(`GET /inventory/${setId}`, { headers: { Accept } });
      expect(answer.headers.get("Content-Type"), Accept).toBe("application/json");
    }
    for (const path of [`/inventory/${setId}`, "/inventory/assets", `/v1/products/${setId}`]) {
      const answer = await call(`GET ${path}`, { headers: { Accept: "image/png" } });
      expectProblem(answer, 406, "not_acceptable");
    }
  });

  it("has its style and its icon from this host, without a key", async () => {
    const page = await call("GET /inventory/assets", HTML);
    const files = [...page.text.matchAll(/<link [^>]*href="(\/views\/[^"]+)"/g)].map(([, path = ""]) => path);
    expect(files).toHaveLength(2);
    for (const file of files) {
      const answer = await call(`GET ${file}`, { key: null });
      expectStatus(answer, 200);
      expect(answer.headers.get("Content-Type")).toMatch(/^(text\/css|image\/svg)/);
    }
    expect(page.text).not.toMatch(/style=|<style/);
  });
});

describe("health", () => {
  it("of the views is open to everybody", async () => {
    const answer = await call("GET /brick-api/health", { key: null });
    expect(expectStatus(answer, 200)).toEqual({ status: "healthy" });
  });

  it("in detail says how every part is, and is kept nowhere", async () => {
    const answer = await call("GET /health/detailed", { key: "only-stock:read" });
    const part = {
      status: "healthy",
      latencyMs: expect.any(Number),
      lastSuccessAt: expect.stringMatching(/Z$/),
    };
    expect(expectStatus(answer, 200)).toEqual({
      status: "healthy",
      checkedAt: expect.stringMatching(/Z$/),
      parts: {
        book: part,
        search: part,
        catalogCache: part,
        objects: part,
        // Nobody has asked them for anything yet.
        sources: {
          coingecko: { ...part, lastSuccessAt: null },
          rebrickable: { ...part, lastSuccessAt: null },
        },
      },
    });
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    const again = await call("GET /health/detailed", { key: ADMIN });
    expect(again.text).toBe(answer.text);
  });
});
