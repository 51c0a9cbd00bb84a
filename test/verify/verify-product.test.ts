/** The verifier with witnesses that say what a test lets them: a wrong object, too many holds, a shortened history. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { verifyProduct, type Verification } from "../../src/verify/verify-product";
import { verifyProducts } from "../../src/verify/verify-products";
import type { Command, Envelope } from "../../src/domain/command";
import type { ObjectSnapshot } from "../../src/verify/object-snapshot";
import { MAX_AUDITED_HOLDS, MAX_DIFFERENCES_LISTED, MAX_REPLAYED_EVENTS } from "../../src/limits";

const CREATE: Command = { verb: "create", fields: {}, initial: { locationId: "main", quantity: 100_000 } };
const RESERVE: Command = {
  verb: "reserve",
  quantity: 1,
  locationIds: [],
  anyLocation: true,
  ttlSeconds: null,
};

let made = 0;

async function product(holds: number) {
  made += 1;
  const productId = `verify-${made}`;
  const stub = env.PRODUCT.getByName(productId);
  const run = (commands: Command[]) =>
    stub.execute(commands.map((command): Envelope => ({ command, actor: "test", clamped: false })));
  await run([CREATE]);
  for (let left = holds; left > 0; left -= 500)
    await run(Array.from({ length: Math.min(left, 500) }, () => RESERVE));
  /** With the object's word changed. */
  const verify = async (
    change: (audit: ObjectSnapshot) => Partial<ObjectSnapshot> = () => ({}),
  ): Promise<Verification> => {
    const audit = async () => {
      const truth = (await stub.audit()) as ObjectSnapshot;
      return { ...truth, ...change(truth) };
    };
    const found = await verifyProduct(env.BOOK, productId, { audit });
    if (!found) throw new Error("unknown");
    return found;
  };
  return { productId, stub, run, verify };
}

afterEach(() => void vi.restoreAllMocks());

describe("an object that is wrong", () => {
  it.each<[string, (audit: ObjectSnapshot) => Partial<ObjectSnapshot>, object[]]>([
    [
      "says another number",
      ({ levels }) => ({ levels: levels.map((l) => ({ ...l, onHand: 7 })) }),
      [
        { what: "onHand", object: 7, events: 100_000, book: 100_000 },
        { what: "available", object: 5 },
        { what: "onShelf", object: 5 },
        { what: "onHand", locationId: "main", object: 7, events: 100_000, book: 100_000 },
      ],
    ],
    [
      "has forgotten a hold",
      ({ holds }) => ({ holds: holds?.slice(1) ?? null }),
      [{ what: "held", object: 0, events: 1, book: 1 }],
    ],
    [
      "has forgotten everything",
      () => ({ version: 0, product: null, levels: [], holds: [], holdCount: 0 }),
      [
        { what: "version", object: 0, events: 4, book: 4 },
        { what: "product", object: null, book: "there" },
      ],
    ],
    [
      "was set back to an earlier version",
      () => ({ version: 3 }),
      [{ what: "version", object: 3, events: 4, book: 4 }],
    ],
  ])("%s", async (_, change, wanted) => {
    const { verify } = await product(2);
    const { differences } = await verify(change);
    for (const difference of wanted) expect(differences).toContainEqual(expect.objectContaining(difference));
    expect((await verify()).differences).toEqual([]);
  });

  it("lists a bounded number of differences and counts them all", async () => {
    const { productId, verify } = await product(MAX_DIFFERENCES_LISTED + 50);
    expect(await verify()).toMatchObject({ differenceCount: 0 });
    await env.BOOK.prepare("DELETE FROM reservations WHERE product_id = ?").bind(productId).run();
    const { differences, differenceCount } = await verify();
    expect(differences).toHaveLength(MAX_DIFFERENCES_LISTED);
    expect(differenceCount).toBe(MAX_DIFFERENCES_LISTED + 50);
  });
});

describe("a book on its way", () => {
  it("events that follow a row which has gone ahead of them are asked for and waited for", async () => {
    const { productId, verify } = await product(2);
    await verify();
    const last = "product_id = ? AND version = 4";
    const event = await env.BOOK.prepare(`SELECT * FROM events WHERE ${last}`).bind(productId).first();
    await env.BOOK.prepare(`DELETE FROM events WHERE ${last}`).bind(productId).run();
    const hold = await env.BOOK.prepare(`SELECT * FROM reservations WHERE ${last}`).bind(productId).first();
    await env.BOOK.prepare(`DELETE FROM reservations WHERE ${last}`).bind(productId).run();
    let asked = 0;
    const audit = async (truth: ObjectSnapshot): Promise<ObjectSnapshot> => {
      asked += 1;
      if (asked === 2) {
        for (const [table, row] of Object.entries({ events: event, reservations: hold })) {
          const values = Object.values(row ?? {});
          const marks = values.map(() => "?").join(", ");
          await env.BOOK.prepare(`INSERT INTO ${table} VALUES (${marks})`)
            .bind(...values)
            .run();
        }
      }
      return truth;
    };
    const stub = env.PRODUCT.getByName(productId);
    const object = { audit: async () => audit((await stub.audit()) as ObjectSnapshot) };
    expect(await verifyProduct(env.BOOK, productId, object)).toMatchObject({ events: 4, differences: [] });
    expect(asked).toBe(2);
  });
});

describe("a repair under load", () => {
  it("leaves rows that are ahead of the events: they are not judged, unless they are ahead of the object too", async () => {
    const { productId, verify } = await product(2);
    await verify();
    const set = (table: string, version: number) =>
      env.BOOK.prepare(`UPDATE ${table} SET version = ? WHERE product_id = ? AND version >= 4`)
        .bind(version, productId)
        .run();
    await set("reservations", 6);
    expect((await verify()).differences).toMatchObject([{ what: "version", events: 4, book: 6 }]);
    await set("products", 6);
    const ahead = await verify((audit) => ({ ...audit, version: 6 }));
    expect(ahead.differences).toEqual([
      { what: "version", object: 6, events: 4, book: 6 },
      { what: "event", fromVersion: 5, toVersion: 6 },
    ]);
  });
});

describe("more than can be told", () => {
  it("holds are compared by number and sum", async () => {
    const { productId, stub, verify } = await product(MAX_AUDITED_HOLDS + 1);
    expect(await stub.audit()).toMatchObject({ holds: null, holdCount: MAX_AUDITED_HOLDS + 1 });
    expect(await verify()).toMatchObject({ complete: true, differences: [] });
    expect((await verify(() => ({ holdCount: 1 }))).differences).toEqual([
      { what: "holds", object: 1, events: MAX_AUDITED_HOLDS + 1 },
    ]);
    await env.BOOK.prepare("UPDATE reservations SET held = 3 WHERE product_id = ? AND version = 3")
      .bind(productId)
      .run();
    expect((await verify()).differences).toMatchObject([{ what: "held", events: 1, book: 3 }]);
  }, 60_000);

  it("of a long history the newest part is told, and says so", async () => {
    const { productId, stub, verify } = await product(0);
    await stub.wake();
    await env.BOOK.prepare("DELETE FROM events WHERE product_id = ?").bind(productId).run();
    // A history that was: a receipt of one and a correction of one, again and again.
    const length = MAX_REPLAYED_EVENTS + 1000; // even: it ends at one more than there is
    await env.BOOK.prepare(
      `INSERT INTO events (product_id, version, type, at_ms, body)
       WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < ?2)
       SELECT ?1, v, 'stock.adjusted', 0, json_object('id', ?1 || ':' || v, 'productId', ?1,
         'version', v, 'at', 'then', 'actor', 'test', 'type', 'stock.adjusted', 'data', json_object('locationId', 'main',
         'type', 'correction', 'delta', 0, 'reason', 'again', 'reference', NULL, 'before', 100000 + v % 2, 'after', 100000 + (v + 1) % 2), 'level', NULL)
       FROM n`,
    )
      .bind(productId, length)
      .run();
    await env.BOOK.prepare("UPDATE products SET version = ? WHERE product_id = ?")
      .bind(length, productId)
      .run();
    const found = await verify(() => ({ version: length }));
    expect(found).toMatchObject({ events: MAX_REPLAYED_EVENTS, complete: false });
    const events = 100_000 + ((length + 1) % 2);
    expect(found.differences).toEqual([
      { what: "onHand", locationId: "main", object: 100_000, events, book: 100_000 },
    ]);
  }, 60_000);
});

describe("many products", () => {
  it("in the order asked for; one that fails or is unknown stands in its place", async () => {
    const { productId, stub } = await product(1);
    const broken = { audit: () => Promise.reject(new Error("broken")) };
    const ids = [productId, "broken", "unknown", productId];
    const objectOf = (id: string) =>
      id === "broken" ? broken : (env.PRODUCT.getByName(id === productId ? id : "nobody") as typeof stub);
    const verified = await verifyProducts(env.BOOK, ids, objectOf);
    expect(verified.map((one) => one.productId)).toEqual(ids);
    expect(verified[0]?.verification?.differences).toEqual([]);
    expect(verified[1]).toMatchObject({ failure: expect.any(Error) as Error });
    expect(verified[2]).toEqual({ productId: "unknown" });
  });
});
