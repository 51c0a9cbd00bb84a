/**
 * The first release took a hold whose metadata the book refuses for ever: its journal stands still, and with it those
 * that share a batch with it. Today's code goes on from there.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { ADMIN, call, eventually, expectStatus, hold, type EventPage, type Stock } from "../acceptance/api";
import { reproject, verify } from "../acceptance/verification-api";
import { load, readRecorded } from "./load";

const NEIGHBOURS = ["holds", "undrained", "keyed", "limited", "set-a"];

beforeAll(() => load(readRecorded(1)));

async function lastVersion(productId: string): Promise<number | undefined> {
  const path = `GET /v1/inventory/events?productId=${productId}&limit=1000`;
  return expectStatus(await call<EventPage>(path), 200).events.at(-1)?.version;
}

describe("a journal that the first release poisoned", () => {
  it("holds up no neighbour: what they do is in the book within 2 s", async () => {
    await Promise.all(NEIGHBOURS.map((productId) => hold(productId, 1)));
    for (const productId of NEIGHBOURS) {
      const { version } = expectStatus(await call<Stock>(`GET /v1/inventory/${productId}`), 200);
      await eventually(
        () => lastVersion(productId),
        (seen) => expect(seen).toBeGreaterThanOrEqual(version),
        2,
      );
    }
  });

  it("goes on itself: what came after the poison reaches the book", async () => {
    const { version } = expectStatus(await call<Stock>("GET /v1/inventory/poisoned"), 200);
    await eventually(
      () => lastVersion("poisoned"),
      (seen) => expect(seen).toBe(version),
      15,
    );
  });

  it("is named by verify, and mended by reproject", async () => {
    expect((await verify("poisoned")).differences).not.toEqual([]);
    expect(await reproject("poisoned")).toMatchObject({ productId: "poisoned", differences: [] });
    expect((await verify("poisoned")).differences).toEqual([]);
    const holds = await call<{ items: object[] }>("GET /v1/reservations?productId=poisoned", { key: ADMIN });
    expect(expectStatus(holds, 200).items).toMatchObject([{ held: 1 }, { held: 2 }]);
  });
});
