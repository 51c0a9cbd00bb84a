/** The book is lost, or restored to an earlier time, while products sell: the objects have it all, and offsets only ever rise. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runJobs } from "../../../src/jobs/schedule";
import { LOG_RESUME_OFFSETS } from "../../../src/limits/recovery";
import {
  act,
  ADMIN,
  call,
  expectProblem,
  expectStatus,
  history,
  hold,
  newId,
  newLocation,
  newProduct,
  stock,
  type Page,
  type Reservation,
} from "../../acceptance/api";
import { listen } from "../../acceptance/live-client";
import { create, get } from "../../acceptance/webhook-api";
import { lived, verify } from "../../acceptance/verification-api";
import { eventually } from "../../acceptance/api";
import { newReceiver, offsetsOf, openTheWorld } from "../../receiver/receiver";
import {
  eventsFrom,
  isRebuilt,
  loseBook,
  newestOffset,
  rebuild,
  rememberBook,
  restartEverything,
} from "./disasters";

const recovery = () => env.RECOVERY.getByName("recovery");

beforeEach(() => {
  openTheWorld();
  vi.spyOn(console, "error").mockReturnValue(undefined);
});
afterEach(() => void vi.restoreAllMocks());

describe("a book that was lost", () => {
  it("is rebuilt from the objects, whichever list names them, and verifies without a difference", async () => {
    const place = await newLocation();
    const one = await lived();
    const other = await newProduct({ main: 5, [place]: 7 });
    const kept = await hold(other, 2);
    const receiver = newReceiver();
    const webhook = await create({ url: receiver.url });
    await history(other);
    const before = await newestOffset();
    await loseBook();
    // It sells all the time.
    const meanwhile = await hold(other, 1);

    const done = await rebuild();
    expect(done).toMatchObject({ phase: "done", failed: 0, failures: [] });
    expect(done.rebuilt).toBe(done.found);
    expect(done.lists.find(({ list }) => list === "search")?.found).toBeGreaterThan(0);
    for (const productId of [one.productId, other]) {
      expect(await verify(productId)).toMatchObject({ differences: [] });
      const ids = (await eventsFrom(before + 1, `&productId=${productId}`)).map(({ version }) => version);
      const { version } = await stock(productId);
      expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: version }, (_, n) => n + 1));
    }
    const listed = expectStatus(
      await call<Page<Reservation>>(`GET /v1/reservations?productId=${other}`),
      200,
    ).items.map(({ reservationId }) => reservationId);
    expect(listed.toSorted()).toEqual([kept.reservationId, meanwhile.reservationId].toSorted());
    expect(done.locations).toBeGreaterThan(0);
    expectStatus(await call(`GET /v1/locations/${place}`), 200);
    // It is told what came meanwhile, and misses nothing.
    await eventually(
      async () => receiver.received.map(({ text }) => text).join(),
      (told) => void expect(told).toContain(meanwhile.reservationId),
    );
    expect(await get(webhook.webhookId)).toMatchObject({ status: "active", missedEvents: null });
    const offsets = offsetsOf(receiver);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
  });

  it("is also rebuilt of products that are given, and names those that no object has", async () => {
    const productId = await newProduct(3);
    await history(productId);
    await env.SEARCH.prepare("DELETE FROM documents WHERE product_id = ?").bind(productId).run();
    await loseBook();
    const unknown = newId("NEVER");
    await rebuild();
    const done = await rebuild([productId, unknown]);
    expect(await verify(productId)).toMatchObject({ differences: [] });
    expect(done.failures).toMatchObject([{ productId: unknown }]);
    expect(done.lists.find(({ list }) => list === "given")?.found).toBe(2);
    // Once more: it is tried again, and what is done stays done.
    const again = await rebuild([productId, unknown]);
    expect(again).toMatchObject({
      run: done.run,
      found: done.found,
      rebuilt: done.rebuilt,
      failed: done.failed,
    });
  });

  it("goes on with offsets above all that were handed out, after a restart of everything as well", async () => {
    const productId = await newProduct(10);
    await hold(productId, 1);
    await history(productId);
    const before = await newestOffset();
    const next = before + 1;
    await loseBook();
    await restartEverything();
    const held = await hold(productId, 1);
    await history(productId);
    const found = await eventsFrom(next);
    expect(found[0]?.offset).toBeGreaterThan(before);
    expect(found.map(({ data }) => data["reservationId"])).toContain(held.reservationId);
    // Whoever had read up to the end misses nothing; so does who stands in what the log left out.
    expect(await eventsFrom(next + LOG_RESUME_OFFSETS / 2)).toEqual(found);
    const client = await listen(`/v1/inventory/events/live?offset=${next}`);
    await eventually(
      async () => client.told.map(({ event }) => event?.id),
      (told) => void expect(told).toEqual(found.map(({ id }) => id)),
    );
    client.close();
  });
});

describe("a book that was restored to an earlier time", () => {
  it("is noticed by cron, rebuilt by itself, and nobody is handed an offset twice", async () => {
    const [sold, still] = [await newProduct(50), await newProduct(7)];
    await hold(sold, 1);
    await history(sold);
    await history(still);
    const back = await rememberBook();
    const later = await hold(sold, 2);
    expectStatus(await act(later, "confirm"), 200);
    const younger = await newProduct(9);
    await history(sold);
    await history(younger);
    const before = await newestOffset();
    const seen = new Map((await eventsFrom(1)).map(({ offset, id }) => [offset, id]));
    const { run } = await recovery().progress();
    await back();
    await restartEverything();
    await hold(sold, 3);

    await runJobs(env, { cron: "* * * * *", scheduledTime: Date.now() });
    const done = await isRebuilt();
    expect(done.run).toBeGreaterThan(run);
    expect(done.failed).toBe(0);
    for (const productId of [sold, still, younger])
      expect(await verify(productId), productId).toMatchObject({ differences: [] });
    const now = await eventsFrom(1);
    for (const { offset, id } of now) expect(seen.get(offset) ?? id).toBe(id);
    // A follower that had read everything gets what came since, and again what the book had lost.
    const after = await eventsFrom(before + 1);
    expect(after.every(({ offset }) => offset > before)).toBe(true);
    expect(after.map(({ data }) => data["reservationId"])).toContain(later.reservationId);

    // It is not rebuilt again for the same fall.
    await runJobs(env, { cron: "* * * * *", scheduledTime: Date.now() });
    expect((await isRebuilt()).run).toBe(done.run);
  });

  it("is rebuilt to the end by an object that is evicted meanwhile", async () => {
    const productIds = await Promise.all(Array.from({ length: 8 }, () => newProduct(5)));
    for (const productId of productIds) await history(productId);
    await loseBook();
    expectStatus(await call("POST /v1/admin/book/rebuild", { key: ADMIN }), 202);
    await evictDurableObject(recovery());
    await recovery().check();
    const done = await isRebuilt();
    expect(done.failed).toBe(0);
    for (const productId of productIds) expect(await verify(productId)).toMatchObject({ differences: [] });
  });
});

// Last: the clock goes on.
describe("a book that was lost late", () => {
  it("tells who stands before what objects still have that something is missing", async () => {
    const productId = await newProduct(10);
    await history(productId);
    await env.LEDGER.getByName("ledger:0").raiseLogEnd((await newestOffset()) + 500);
    await loseBook();
    await restartEverything();
    vi.useFakeTimers({ toFake: ["Date"] }).setSystemTime(Date.now() + 13 * 3_600_000);
    await hold(productId, 1);
    await eventually(newestOffset, (newest) => void expect(newest).toBeGreaterThan(0));
    vi.useRealTimers();
    const refused = await call("GET /v1/inventory/events?offset=1");
    expectProblem(refused, 410, "offset_expired");
    const { oldestOffset } = refused.body as { oldestOffset: number };
    expect((await eventsFrom(oldestOffset)).length).toBeGreaterThan(0);
  });
});
