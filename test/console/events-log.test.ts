/** The log that the page keeps: the newest 500, a pause that loses none of them, and a filter over what is shown. */
import { describe, expect, it } from "vitest";
import type { BookEvent } from "../../src/client/wire-events.ts";
import {
  EMPTY_LOG,
  matches,
  paused,
  resumed,
  withEvents,
  withOlder,
} from "../../src/console/pages/events-log.ts";

function event(offset: number, more: Partial<Pick<BookEvent, "productId" | "actor">> = {}): BookEvent {
  return {
    type: "stock.low",
    offset,
    id: `P:${offset}`,
    productId: "P",
    version: offset,
    at: "2026-03-01T11:00:00.000Z",
    actor: "key:1",
    level: null,
    data: { available: 1, minimumStockLevel: 5 },
    ...more,
  };
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, place) => event(from + place));
const offsets = (events: readonly BookEvent[]) => events.map(({ offset }) => offset);

describe("the log", () => {
  it("has the newest first", () => {
    const log = withEvents(withEvents(EMPTY_LOG, range(1, 2)), range(3, 4));
    expect(offsets(log.shown)).toEqual([4, 3, 2, 1]);
  });

  it("keeps five hundred, also of more that come at once", () => {
    const log = withEvents(withEvents(EMPTY_LOG, range(1, 400)), range(401, 1000));
    expect([log.shown.length, log.shown[0]?.offset, log.shown.at(-1)?.offset]).toEqual([500, 1000, 501]);
  });

  it("counts what waits while it is paused, and shows it when it goes on", () => {
    const held = withEvents(paused(withEvents(EMPTY_LOG, range(1, 2))), range(3, 5));
    expect([offsets(held.shown), held.waitingCount]).toEqual([[2, 1], 3]);
    const log = resumed(held);
    expect([offsets(log.shown), log.waitingCount, log.waiting]).toEqual([[5, 4, 3, 2, 1], 0, undefined]);
  });

  it("counts all that waited, though it keeps the newest", () => {
    const held = withEvents(withEvents(paused(EMPTY_LOG), range(1, 400)), range(401, 900));
    expect(held.waitingCount).toBe(900);
    expect(offsets(resumed(held).shown).slice(0, 2)).toEqual([900, 899]);
    expect(resumed(held).shown.length).toBe(500);
  });

  it("takes older ones at its end, none twice", () => {
    const log = withOlder(withEvents(EMPTY_LOG, range(10, 11)), range(7, 10));
    expect(offsets(log.shown)).toEqual([11, 10, 9, 8, 7]);
  });
});

describe("an event matches", () => {
  const one = event(1, { productId: "75192-1", actor: "key:ab12" });

  it.each([
    ["stock.low", true],
    ["LOW 75192", true],
    ["ab12 low", true],
    ["delivery", true],
    ["stock.low 10001", false],
  ])("%s: %s", (words, isMatch) => expect(matches(one, words, "+40 delivery")).toBe(isMatch));
});
