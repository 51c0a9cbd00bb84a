/** The search index behind the book: what fails, what comes twice, and what ends in the middle. */
import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ADMIN, call, eventually, expectProblem, expectStatus, newId, type Page } from "../../acceptance/api";
import { fillProducts } from "../../d1/counted-book";

const indexer = () => env.INDEXER.getByName("search");

afterEach(() => vi.restoreAllMocks());

async function create(name: string): Promise<string> {
  const productId = newId("I");
  expectStatus(await call("POST /v1/products", { body: { productId, name, kind: "indexed" } }), 201);
  return productId;
}

async function ids(query: string): Promise<string[]> {
  const page = expectStatus(await call<Page<{ productId: string }>>(`GET /v1/products?${query}`), 200);
  return page.items.map(({ productId }) => productId);
}

async function waiting(): Promise<number> {
  const row = await env.BOOK.prepare("SELECT count(*) AS waiting FROM search_queue").first<{
    waiting: number;
  }>();
  return row?.waiting ?? -1;
}

async function documents(): Promise<number> {
  const row = await env.SEARCH.prepare("SELECT count(*) AS found FROM documents").first<{ found: number }>();
  return row?.found ?? -1;
}

function isDone() {
  return eventually(
    async () => indexer().progress(),
    (progress) => expect(progress.phase).toBe("done"),
    20,
  );
}

describe("the index", () => {
  it("takes out of the queue what it has, and nothing that it has not", async () => {
    const first = await create("Iapple");
    expect(await waiting()).toBe(0);
    expect(await ids("q=iapple")).toEqual([first]);
    vi.spyOn(console, "error").mockReturnValue(undefined);
    vi.spyOn(env.SEARCH, "batch").mockRejectedValue(new Error("the index is away"));
    const second = await create("Ibanana");
    expect(await waiting()).toBe(1);
    vi.restoreAllMocks();
    await eventually(
      () => ids("q=ibanana"),
      (found) => expect(found).toEqual([second]),
    );
    expect(await waiting()).toBe(0);
  });

  it("that is away leaves filters to the book, and words to later", async () => {
    const productId = await create("Icherry");
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const away = () => Promise.reject(new Error("the index is away"));
    const statement = { bind: () => statement, all: away, run: away, first: away, raw: away };
    const session = { prepare: () => statement, batch: away };
    vi.spyOn(env.SEARCH, "prepare").mockImplementation(session.prepare as never);
    vi.spyOn(env.SEARCH, "withSession").mockReturnValue(session as never);
    expect(await ids("kind=indexed")).toContain(productId);
    expectProblem(await call("GET /v1/products?q=icherry"), 503, "book_unavailable");
    vi.restoreAllMocks();
    expect(await ids("q=icherry")).toEqual([productId]);
  });

  it("hears of a change that comes while it indexes the one before", async () => {
    const productId = await create("Idate");
    const clear = env.BOOK.prepare.bind(env.BOOK);
    let renamed = false;
    const prepare = vi.spyOn(env.BOOK, "prepare").mockImplementation((query) => {
      if (query.startsWith("DELETE FROM search_queue") && !renamed) {
        renamed = true;
        // As the batch does that changes it.
        const again = "UPDATE search_queue SET changes = changes + 1 WHERE product_id = ?";
        const change = clear(
          "UPDATE products SET name = 'Ielder', catalog_version = catalog_version + 1 WHERE product_id = ?",
        );
        const statement = clear(query);
        const bind = statement.bind.bind(statement);
        statement.bind = (...values) => {
          const bound = bind(...values);
          const run = bound.run.bind(bound);
          bound.run = async () => {
            await change.bind(productId).run();
            await clear(again).bind(productId).run();
            return run();
          };
          return bound;
        };
        return statement;
      }
      return clear(query);
    });
    expectStatus(await call(`PATCH /v1/products/${productId}`, { body: { name: "Idates" } }), 200);
    expect(prepare).toHaveBeenCalled();
    await indexer().catchUp();
    expect(await ids("q=ielder")).toEqual([productId]);
  });

  it("is caught up by the minute, whoever has forgotten to", async () => {
    const productId = await create("Ifig");
    await env.BOOK.batch([
      env.BOOK.prepare("UPDATE products SET name = 'Igrape', catalog_version = 99 WHERE product_id = ?").bind(
        productId,
      ),
      env.BOOK.prepare("INSERT INTO search_queue VALUES (?, 1)").bind(productId),
    ]);
    await indexer().check();
    await eventually(
      () => ids("q=igrape"),
      (found) => expect(found).toEqual([productId]),
    );
  });
});

describe("a rebuilding", () => {
  it("goes on where it was when its object ended, and takes out what is no more", async () => {
    await fillProducts("many", 1500);
    await indexer().catchUp();
    await env.SEARCH.prepare(
      "INSERT INTO documents SELECT NULL, 'ghost', 1, 0, 'ghost', ' ghost ', ' ghost ', kind, status, availability, tags, attributes, price_value, created_at_ms, updated_at_ms FROM documents LIMIT 1",
    ).run();
    const { build } = await indexer().rebuild();
    await abortAllDurableObjects();
    await eventually(
      async () => (await runDurableObjectAlarm(indexer()), indexer().progress()),
      (progress) => expect(progress).toMatchObject({ phase: "done", build, removed: 1 }),
      20,
    );
    const { total } = await indexer().progress();
    expect(await documents()).toBe(total);
    expect(await ids("q=name 01500".replace(" ", "%20"))).toContain("many01500");
  });

  it("that is under way is not begun again", async () => {
    await isDone();
    const { build } = await indexer().rebuild();
    expect((await indexer().rebuild()).build).toBe(build);
    const again = expectStatus(
      await call<{ build: number; afterId?: string }>("POST /v1/admin/search/rebuild", { key: ADMIN }),
      202,
    );
    expect(again.build).toBe(build);
    expect(again.afterId).toBeUndefined();
    await isDone();
  });

  it("does not bring back a product that is deleted meanwhile", async () => {
    const productId = await create("Izombie");
    await indexer().rebuild();
    expectStatus(await call(`DELETE /v1/products/${productId}`, { key: ADMIN }), 204);
    await isDone();
    expect(await ids("q=izombie")).toEqual([]);
    expect(await waiting()).toBe(0);
    const there = env.SEARCH.prepare("SELECT 1 FROM documents WHERE product_id = ?").bind(productId);
    expect(await there.first()).toBeNull();
  });

  it("is begun by itself where the index has another form", async () => {
    await isDone();
    const before = await indexer().progress();
    await env.SEARCH.exec("UPDATE about SET schema = 0");
    await indexer().check();
    await eventually(
      async () => indexer().progress(),
      (progress) => expect(progress).toMatchObject({ phase: "done", build: before.build + 1 }),
      20,
    );
    expect(await documents()).toBe((await indexer().progress()).total);
  });

  it("whose beginning was lost with its object is begun again", async () => {
    await isDone();
    const { build } = await indexer().progress();
    await env.SEARCH.exec("UPDATE about SET complete = 0");
    await evictDurableObject(indexer());
    await runInDurableObject(indexer(), (_, state) => state.storage.sql.exec("DELETE FROM rebuild"));
    await evictDurableObject(indexer());
    await indexer().check();
    await eventually(
      async () => indexer().progress(),
      (progress) => expect(progress.phase).toBe("done"),
      20,
    );
    expect(build).toBeGreaterThan(0);
  });
});
