/** Which holds are shown, in which order, and how events and answers change them. */
import { describe, expect, it } from "vitest";
import type { BookEvent } from "../../src/client/wire-events.ts";
import type { ReservationListed } from "../../src/client/wire.ts";
import {
  holdOfEvent,
  holdsPath,
  readHoldChoice,
  shownHolds,
  withHolds,
  type HoldList,
} from "../../src/console/pages/holds-listing.ts";

function hold(id: string, more: Partial<ReservationListed> = {}): ReservationListed {
  return {
    reservationId: id,
    productId: "75192-1",
    locationId: "main",
    orderId: "ORD-1",
    customerId: null,
    state: "held",
    quantity: 2,
    held: 2,
    confirmed: 0,
    released: 0,
    returned: 0,
    expiresAt: "2026-03-01T12:00:00.000Z",
    createdAt: "2026-03-01T11:00:00.000Z",
    metadata: null,
    version: 5,
    ...more,
  };
}

function listOf(...holds: ReservationListed[]): HoldList {
  return { byId: new Map(holds.map((one) => [one.reservationId, one])), nextOffset: 1, isCut: false };
}

const idsOf = (holds: readonly ReservationListed[]) => holds.map(({ reservationId }) => reservationId);

describe("the choice of holds", () => {
  it.each(["/console/holds", "/console/holds?q=ORD-1", "/console/holds?location=berlin&state=expired"])(
    "%s is read and written the same",
    (path) => {
      const query = Object.fromEntries(new URL(path, "http://h").searchParams);
      expect(holdsPath(readHoldChoice(query))).toBe(path);
    },
  );

  it("of a state that there is not is of what is held", () => {
    expect(readHoldChoice({ state: "sold" }).state).toBe("held");
  });
});

describe("holds that are shown", () => {
  it("begin with the soonest to expire; those without expiry come last", () => {
    const list = listOf(
      hold("never", { expiresAt: null }),
      hold("late", { expiresAt: "2026-03-01T13:00:00.000Z" }),
      hold("soon"),
    );
    expect(idsOf(shownHolds(list, readHoldChoice({})))).toEqual(["soon", "late", "never"]);
  });

  it("that have ended begin with the newest", () => {
    const ended = { state: "released" as const };
    const list = listOf(
      hold("old", ended),
      hold("new", { ...ended, createdAt: "2026-03-02T11:00:00.000Z" }),
      hold("held"),
    );
    expect(idsOf(shownHolds(list, readHoldChoice({ state: "released" })))).toEqual(["new", "old"]);
  });

  it("match letters of the order, the product or the customer, in any case", () => {
    const list = listOf(
      hold("order", { orderId: "ORD-77" }),
      hold("product", { productId: "ord-7-set" }),
      hold("customer", { orderId: null, customerId: "Ford-7" }),
      hold("other", { orderId: null }),
    );
    expect(idsOf(shownHolds(list, readHoldChoice({ q: " ord-7 " }))).toSorted()).toEqual([
      "customer",
      "order",
      "product",
    ]);
  });

  it("are of one place where that was chosen", () => {
    const list = listOf(hold("here", { locationId: "berlin" }), hold("there"));
    expect(idsOf(shownHolds(list, readHoldChoice({ location: "berlin" })))).toEqual(["here"]);
  });
});

describe("what comes in", () => {
  it("replaces what is older, and never what is newer", () => {
    const list = withHolds(listOf(hold("a", { version: 5 }), hold("b", { version: 5 })), [
      hold("a", { version: 6, state: "confirmed", held: 0 }),
      hold("b", { version: 4, held: 9 }),
      hold("c"),
    ]);
    expect(
      [...list.byId.values()].map(({ reservationId, held, state }) => [reservationId, held, state]),
    ).toEqual([
      ["a", 0, "confirmed"],
      ["b", 2, "held"],
      ["c", 2, "held"],
    ]);
  });

  it("as an event is the hold that it says, without what is not for show", () => {
    const event: BookEvent = {
      type: "reservation.held",
      offset: 9,
      id: "75192-1:7",
      productId: "75192-1",
      version: 7,
      at: "2026-03-01T11:00:00.000Z",
      actor: "key:1",
      level: null,
      data: { ...hold("a"), owner: "key:1" },
    };
    expect(holdOfEvent(event)).toEqual(hold("a", { version: 7 }));
  });

  it("forgets the first of more than a thousand that have ended, and nothing that is held", () => {
    const ended = Array.from({ length: 1003 }, (_, place) => hold(`e${place}`, { state: "expired" }));
    const list = withHolds(listOf(hold("held")), ended);
    expect([list.byId.size, list.byId.has("held"), list.byId.has("e2"), list.byId.has("e3")]).toEqual([
      1001,
      true,
      false,
      true,
    ]);
  });
});
