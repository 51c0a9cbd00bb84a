/** No query reads more rows because the book has grown: D1's own count, on books far larger than the bound. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { EVERY_EVENT, readLog } from "../../src/d1/event-tail";
import { readEvents, type EventPage, type EventQuery } from "../../src/d1/events";
import { listMovements, type MovementQuery } from "../../src/d1/movements";
import type { Page } from "../../src/d1/page";
import { existingProductIds } from "../../src/d1/products";
import { listReservations, type ReservationQuery } from "../../src/d1/reservations";
import { nextProductIds } from "../../src/d1/product-snapshot";
import type { WebhookFilter } from "../../src/domain/webhook";
import { FOLLOW_WINDOW_EVENTS, SCAN_WINDOW_EVENTS, SCAN_WINDOW_RESERVATIONS } from "../../src/limits";
import { counted, fillEvents, fillProducts, fillReservations } from "./counted-book";

const EVENTS = 30_000;
const RESERVATIONS = 20_000;
/** A row looked at counts twice: as itself, and on the way to the last of the window. */
const MOST_OF_A_LIST = 2 * SCAN_WINDOW_RESERVATIONS + 100;
const MOST_OF_MOVEMENTS = 2 * SCAN_WINDOW_EVENTS + 100;
const MOST_OF_THE_LOG = SCAN_WINDOW_EVENTS + 500;
const MOST_TO_FOLLOW = FOLLOW_WINDOW_EVENTS + 500;

type Listed<Item> = Page<Item> | undefined;

/** Every item over all pages, and the most rows that a page cost. */
async function everyPage<Item>(
  read: (binding: D1Database, cursor: { cursor?: string }) => Promise<Listed<Item>>,
): Promise<{ items: Item[]; most: number; pages: number }> {
  const found = { items: [] as Item[], most: 0, pages: 0 };
  for (let cursor: string | null = ""; cursor !== null;) {
    const at: { cursor?: string } = cursor === "" ? {} : { cursor };
    const { answer, rowsRead } = await counted((binding) => read(binding, at));
    found.items.push(...(answer?.items ?? []));
    found.most = Math.max(found.most, rowsRead);
    found.pages += 1;
    cursor = answer?.nextCursor ?? null;
  }
  return found;
}

/** The same of the log, as a client goes through it. */
async function everyEvent(query: EventQuery) {
  const offsets: number[] = [];
  let most = 0;
  for (let next = query.offset, more = true; more;) {
    const at: EventQuery = next === undefined ? query : { ...query, offset: next };
    const { answer, rowsRead } = await counted((binding) => readEvents(binding, at));
    const page: EventPage = answer;
    const shown = page.rows.slice(0, query.limit);
    offsets.push(...shown.map(({ offset }) => offset));
    most = Math.max(most, rowsRead);
    more = page.rows.length > query.limit || page.resumeAt !== undefined;
    next = page.rows.length > query.limit ? (shown.at(-1)?.offset ?? 0) + 1 : page.resumeAt;
  }
  return { offsets, most };
}

beforeAll(async () => {
  await fillEvents("before", 500);
  await fillEvents("busy", EVENTS, {
    type: "CASE WHEN v % 9999 = 0 THEN 'stock.adjusted' ELSE 'reservation.held' END",
    movement: "CASE WHEN v % 9999 = 0 THEN 'receipt' END",
    data: `json_object('orderId', 'O' || v, 'locationId', iif(v > 9999, 'main', 'east'), 'reference', 'R' || v,
      'before', 0, 'after', 1)`,
  });
  await fillEvents("after", 500);
  await fillEvents("webhook:wh_1", 300, { type: "'webhook.disabled'" });
  await fillEvents("zebra", 1, { type: "'product.created'" });
  await fillProducts("busy", 1);
  await env.BOOK.prepare("UPDATE products SET product_id = 'busy'").run();
  await fillReservations("busy", RESERVATIONS, {
    state: "CASE WHEN v % 4000 = 0 THEN 'confirmed' ELSE 'released' END",
    locationId: "iif(v % 4000 = 0, 'east', 'main')",
    orderId: "iif(v % 2 = 0, 'even', NULL)",
    customerId: "iif(v % 2 = 0, 'somebody', NULL)",
    owner: "iif(v % 4000 = 0, 'key:a', 'key:b')",
  });
});

describe("the log", () => {
  it("its ends are two rows", async () => {
    const { answer, rowsRead } = await counted((binding) =>
      readLog(binding, { offset: 0, limit: 0, filter: EVERY_EVENT }),
    );
    expect(answer).toMatchObject({ oldest: 1, newest: EVENTS + 1301 });
    expect(rowsRead).toBeLessThanOrEqual(4);
  });

  it("a page of it, wherever, reads the page", async () => {
    for (const offset of [0, 15_000, EVENTS + 1200]) {
      const { answer, rowsRead } = await counted((binding) => readEvents(binding, { offset, limit: 100 }));
      expect(answer.rows).toHaveLength(101);
      expect(rowsRead).toBeLessThan(120);
    }
  });

  it("of a type: a bounded stretch at a time, every one once", async () => {
    const { offsets, most } = await everyEvent({ type: "stock.adjusted", limit: 2 });
    expect(offsets).toEqual([10_499, 20_498, 30_497]);
    expect(most).toBeLessThan(MOST_OF_THE_LOG);
    expect(await everyEvent({ type: "stock.low", limit: 2 })).toMatchObject({ offsets: [] });
  });

  it("of a seldom type: the index has them together", async () => {
    const { offsets, most } = await everyEvent({ type: "webhook.disabled", limit: 100 });
    expect(offsets).toEqual(Array.from({ length: 300 }, (_, n) => EVENTS + 1001 + n));
    expect(most).toBeLessThan(120);
    const none = await everyEvent({ type: "product.deleted", offset: 5, limit: 100 });
    expect(none.offsets).toEqual([]);
    expect(none.most).toBeLessThan(10);
  });

  it.each([undefined, 0, 400, 500, 501, 15_000, 30_499, 30_500, 31_000])(
    "of a product from offset %s: found by halving",
    async (offset) => {
      const query = { productId: "busy", limit: 5, ...(offset !== undefined && { offset }) };
      const { answer, rowsRead } = await counted((binding) => readEvents(binding, query));
      const first = Math.max(501, offset ?? 0);
      const wanted = [0, 1, 2, 3, 4, 5].map((n) => first + n).filter((one) => one <= EVENTS + 500);
      expect(answer.rows.map((row) => row.offset)).toEqual(wanted);
      expect(answer.resumeAt === undefined || wanted.length === 6).toBe(true);
      expect(rowsRead).toBeLessThan(1500);
    },
  );

  it("of a product and a type: a bounded number of its versions", async () => {
    const { offsets, most } = await everyEvent({ productId: "busy", type: "stock.adjusted", limit: 2 });
    expect(offsets).toEqual([10_499, 20_498, 30_497]);
    expect(most).toBeLessThan(MOST_OF_THE_LOG);
    const { answer } = await counted((binding) =>
      readEvents(binding, { productId: "none", type: "stock.low", offset: 7, limit: 2 }),
    );
    expect(answer).toMatchObject({ rows: [], resumeAt: undefined });
  });
});

describe("what a webhook wants", () => {
  async function everyWanted(filter: WebhookFilter) {
    const found = { offsets: [] as number[], most: 0, reads: 0 };
    for (let offset = 0, newest = 1; offset <= newest;) {
      const { answer, rowsRead } = await counted((binding) => readLog(binding, { offset, limit: 2, filter }));
      found.offsets.push(...answer.rows.map((row) => row.offset));
      found.most = Math.max(found.most, rowsRead);
      found.reads += 1;
      offset = answer.nextOffset;
      newest = answer.newest ?? 0;
    }
    return found;
  }

  it.each<[WebhookFilter, number[]]>([
    [{ types: ["stock.adjusted"], productIds: null }, [10_499, 20_498, 30_497]],
    [{ types: null, productIds: ["zebra", "unknown"] }, [EVENTS + 1301]],
    [{ types: ["stock.adjusted", "product.created"], productIds: ["zebra"] }, [EVENTS + 1301]],
    [{ types: ["stock.low"], productIds: null }, []],
  ])("%j is searched for in a bounded stretch at a time, each event once", async (filter, offsets) => {
    const found = await everyWanted(filter);
    expect(found.offsets).toEqual(offsets);
    expect(found.most).toBeLessThan(MOST_TO_FOLLOW);
    expect(found.reads).toBeLessThan(7);
  });

  it("without a filter is what comes next", async () => {
    const query = { offset: 100, limit: 3, filter: EVERY_EVENT };
    const { answer, rowsRead } = await counted((binding) => readLog(binding, query));
    expect(answer).toMatchObject({
      rows: [{ offset: 100 }, { offset: 101 }, { offset: 102 }],
      nextOffset: 103,
    });
    expect(rowsRead).toBeLessThan(10);
  });
});

describe("movements", () => {
  it.each<[Omit<MovementQuery, "limit">, number[]]>([
    [{ productId: "busy" }, [29_997, 19_998, 9999]],
    [{ productId: "busy", type: "receipt" }, [29_997, 19_998, 9999]],
    [{ productId: "busy", type: "sale" }, []],
    [{ productId: "busy", orderId: "O19998" }, [19_998]],
    [{ productId: "busy", from: 10_000, to: 20_000 }, [19_998]],
    [{ productId: "busy", locationId: "east" }, [9999]],
    [{}, [29_997, 19_998, 9999]],
    [{ reference: "R9999" }, [9999]],
    [{ locationId: "main", to: 20_000 }, [19_998]],
  ])("%j: a bounded number of events a page, newest first, every one once", async (query, versions) => {
    const { items, most } = await everyPage((binding, at) =>
      listMovements(binding, { ...query, limit: 1, ...at }),
    );
    expect(items.map(({ version }) => version)).toEqual(versions);
    expect(most).toBeLessThan(MOST_OF_MOVEMENTS);
  });
});

describe("movements of a type that orders have none of", () => {
  it("are found by an index, further filters in a bounded number of them", async () => {
    const query: MovementQuery = { type: "receipt", limit: 100 };
    const { answer, rowsRead } = await counted((binding) => listMovements(binding, query));
    expect(answer.items.map(({ version }) => version)).toEqual([29_997, 19_998, 9999]);
    expect(answer.nextCursor).toBeNull();
    expect(rowsRead).toBeLessThan(20);
    const { items, most } = await everyPage((binding, at) =>
      listMovements(binding, { ...query, reference: "R9999", ...at }),
    );
    expect(items.map(({ version }) => version)).toEqual([9999]);
    expect(most).toBeLessThan(20);
  });
});

describe("reservations", () => {
  const every4000 = [4000, 8000, 12_000, 16_000, 20_000];

  it.each<[Omit<ReservationQuery, "limit">, number[]]>([
    [{ state: "confirmed" }, every4000],
    [{ state: "held" }, []],
    [{ locationId: "east" }, every4000],
    [{ owner: "key:a" }, every4000],
    [{ expiresBefore: 0 }, []],
    [{ state: "confirmed", locationId: "east", expiresBefore: Date.parse("2031-01-01") }, every4000],
    [{ productId: "busy", state: "confirmed" }, every4000],
    [{ productId: "bus", state: "confirmed" }, []],
    [{ orderId: "even", state: "confirmed" }, every4000],
    [{ customerId: "somebody", state: "confirmed" }, every4000],
    [{ orderId: "even", customerId: "nobody" }, []],
    [{ orderId: "odd", state: "confirmed" }, []],
  ])("%j: a bounded number of rows a page, every match once", async (query, numbers) => {
    const { items, most } = await everyPage((binding, at) =>
      listReservations(binding, { ...query, limit: 2, ...at }, 0),
    );
    expect(items.map(({ version }) => version)).toEqual(numbers);
    expect(most).toBeLessThan(MOST_OF_A_LIST);
  });

  it.each<Omit<ReservationQuery, "limit">>([{}, { orderId: "even" }, { productId: "busy" }])(
    "%j reads the page alone",
    async (query) => {
      const { answer, rowsRead } = await counted((binding) =>
        listReservations(binding, { ...query, limit: 50 }, 0),
      );
      expect(answer.items).toHaveLength(50);
      expect(rowsRead).toBeLessThan(300);
    },
  );
});

describe("names", () => {
  it("those that the book has events of, without the webhooks', are found a seek each", async () => {
    const { answer, rowsRead } = await counted((binding) => nextProductIds(binding, "", 10));
    expect(answer).toEqual(["after", "before", "busy", "zebra"]);
    expect(rowsRead).toBeLessThan(200);
  });

  it("which of many exist is one question", async () => {
    await env.BOOK.prepare("DELETE FROM products").run();
    const { answer, rowsRead } = await counted((binding) =>
      existingProductIds(
        binding,
        Array.from({ length: 200 }, (_, n) => `unknown-${n}`),
      ),
    );
    expect([...answer]).toEqual([]);
    expect(rowsRead).toBeLessThan(500);
  });
});
