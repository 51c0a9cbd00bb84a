/** The book past its age: what is dropped, what stays, and what those hear who come too late. */
import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import worker from "../../src/worker";
import {
  ADMIN,
  call,
  eventually,
  events,
  expectProblem,
  expectStatus,
  history,
  hold,
  newProduct,
  receive,
  stock,
  type EventPage,
} from "./api";

const DAY_MS = 24 * 3_600_000;

/** The minute job, as it would be on a later day. */
async function minuteAfter(days: number): Promise<void> {
  const scheduledTime = new Date(Date.now() + days * DAY_MS);
  await worker.scheduled(createScheduledController({ cron: "* * * * *", scheduledTime }), env);
}

afterEach(() => void vi.useRealTimers());

describe("the book past its age", () => {
  it("D-17: who is behind what is kept is told where it begins; the newest event stays and offsets go on", async () => {
    const productId = await newProduct(10);
    for (let i = 0; i < 5; i += 1) await receive(productId, 1);
    const all = await history(productId);
    await minuteAfter(364);
    expect(await events()).toEqual(all);

    await minuteAfter(366);
    const last = all.at(-1);
    expect(await events({}, last?.offset)).toEqual([last]);
    const late = expectProblem(await call("GET /v1/inventory/events?offset=1"), 410, "offset_expired");
    expect(late).toMatchObject({ oldestOffset: last?.offset });
    const fromOldest = await call<EventPage>("GET /v1/inventory/events");
    expect(expectStatus(fromOldest, 200).events).toEqual([last]);

    await hold(productId, 2);
    const { version } = await stock(productId);
    const rest = await eventually(
      () => events({ productId }, last?.offset),
      (found) => expect(found).toHaveLength(2),
    );
    expect(rest.map((event) => event.offset)).toEqual([last?.offset, (last?.offset ?? 0) + 1]);
    expect(rest.at(-1)).toMatchObject({ version, type: "reservation.held" });
    expectProblem(await call(`GET /v1/inventory/events?offset=${(last?.offset ?? 0) - 1}`), 410);

    const verified = await call(`POST /v1/admin/products/${productId}/verify`, { key: ADMIN });
    expect(expectStatus(verified, 200)).toMatchObject({
      version,
      events: 2,
      complete: false,
      differences: [],
    });
  });

  it("reproject does not bring back what was dropped for its age", async () => {
    const productId = await newProduct(10);
    await receive(productId, 1);
    const { version } = await stock(productId);
    const inBook = () =>
      env.BOOK.prepare("SELECT version FROM events WHERE product_id = ?").bind(productId).all();
    await eventually(inBook, ({ results }) => expect(results).toHaveLength(version));
    // The object still has its journal: no alarm has run.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 366 * DAY_MS });
    // The job first ends the hold of the test before: the newest event is another product's.
    await minuteAfter(0);
    expect((await inBook()).results).toEqual([]);
    const reproject = `POST /v1/admin/products/${productId}/reproject`;
    expect(expectStatus(await call(reproject, { key: ADMIN }), 200)).toMatchObject({
      eventsSent: 0,
      differences: [],
    });
    expect((await inBook()).results).toEqual([]);
  });
});
