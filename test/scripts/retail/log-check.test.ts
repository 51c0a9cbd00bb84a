import { describe, expect, it } from "vitest";
import type { LogEvent } from "../../../scripts/answers.ts";
import { LogCheck } from "../../../scripts/retail/log-check.ts";

const event = (offset: number, version: number, rest: Partial<LogEvent>, productId = "A"): LogEvent => ({
  type: "product.updated",
  offset,
  version,
  productId,
  id: `${productId}:${version}`,
  data: {},
  level: null,
  ...rest,
});
const received = {
  type: "stock.adjusted",
  data: { delta: 5, before: 0, after: 5 },
  level: { onHand: 5, reserved: 0 },
};
const held = { type: "reservation.held", data: { quantity: 2 }, level: { onHand: 5, reserved: 2 } };
const confirmed = {
  type: "reservation.confirmed",
  data: { confirmedQuantity: 2, movement: { delta: -2, before: 5, after: 3 } },
  level: { onHand: 3, reserved: 0 },
};
const history = () => [
  event(7, 1, { type: "product.created" }),
  event(8, 2, received),
  event(9, 3, held),
  event(10, 4, confirmed),
];

function check(events: LogEvent[]) {
  const log = new LogCheck(new Set(["A"]));
  for (const one of events) log.add(one);
  return log;
}

describe("the log of a replay", () => {
  it("that holds together adds up and has nothing to find", () => {
    const log = check(history());
    expect(log.findings).toEqual([]);
    expect(log.byId.get("A")).toEqual({ onHand: 3, reserved: 0, version: 4 });
    expect(log.reaches(new Map([["A", 4]]))).toBe(true);
    expect(log.reaches(new Map([["A", 5]]))).toBe(false);
    expect(log.countByType.get("reservation.held")).toBe(1);
  });

  it.each([
    [
      "an offset is missing",
      (events: LogEvent[]) => events.with(3, event(11, 4, confirmed)),
      "offset 11 follows 9",
    ],
    ["an event is missing", (events: LogEvent[]) => events.toSpliced(2, 1), "from version 2 to 4"],
    [
      "an event stands twice",
      (events: LogEvent[]) => [...events, event(11, 4, confirmed)],
      "from version 4 to 4",
    ],
    [
      "an id is another's",
      (events: LogEvent[]) => events.with(0, event(7, 1, { id: "B:1" })),
      "has the id B:1",
    ],
    [
      "a movement takes up elsewhere",
      (events: LogEvent[]) =>
        events.with(1, event(8, 2, { ...received, data: { delta: 5, before: 1, after: 6 } })),
      "where 0 are on hand",
    ],
    [
      "a level is not what the events add up to",
      (events: LogEvent[]) => events.with(2, event(9, 3, { ...held, level: { onHand: 5, reserved: 3 } })),
      "says onHand 5, reserved 3",
    ],
    [
      "more is held than there is",
      (events: LogEvent[]) => [...events, event(11, 5, { ...held, data: { quantity: 4 }, level: null })],
      "comes to",
    ],
  ])("%s: found", (_, spoil, finding) => {
    expect(check(spoil(history())).findings.join("\n")).toContain(finding);
  });

  it("counts what is given back, and what expires together", () => {
    const again = { ...held, level: { onHand: 3, reserved: 2 } };
    const level = { onHand: 3, reserved: 0 };
    const expired = { type: "reservation.expired", data: { expiredQuantity: 1 }, level };
    const released = { type: "reservation.released", data: { releasedQuantity: 2 }, level };
    const more = [event(11, 5, again), event(12, 6, expired), event(13, 7, expired)];
    const log = check([...history(), ...more, event(14, 8, again), event(15, 9, released)]);
    expect(log.findings).toEqual([]);
    expect(check([...history(), ...more.slice(0, 2), event(13, 7, received)]).findings).toHaveLength(2);
  });

  it("of other products only the versions count", () => {
    const log = check([...history(), event(11, 1, { type: "stock.adjusted", data: { delta: -9 } }, "OTHER")]);
    expect(log.findings).toEqual([]);
    expect(check([...history(), event(11, 3, {}, "OTHER")]).findings).toHaveLength(1);
  });
});
