import { describe, expect, it } from "vitest";
import { RecentHolds } from "../../../src/objects/order-index/recent-holds";

const BOUNDS = { maxHolds: 8, keepMs: 1000 };
const held = (orderId: string, ulid: string, owner = "key:a") => ({ orderId, ulid, owner });
const ids = (recent: RecentHolds, orderId: string, owner?: string) =>
  recent.find(orderId, owner, 100).map(({ reservationId }) => reservationId);

describe("the newest holds by their order", () => {
  it("are found by the order, over products, oldest first, and by their owner", () => {
    const recent = new RecentHolds(BOUNDS, 0);
    recent.add("p", [held("O", "1"), held("other", "2"), held("O", "3", "key:b")], 0);
    recent.add("q", [held("O", "4")], 0);
    expect(recent.find("O", undefined, 100)).toEqual([
      { reservationId: "p~1", owner: "key:a" },
      { reservationId: "p~3", owner: "key:b" },
      { reservationId: "q~4", owner: "key:a" },
    ]);
    expect(ids(recent, "O", "key:b")).toEqual(["p~3"]);
    expect(ids(recent, "nobody")).toEqual([]);
  });

  it("are answered up to a limit", () => {
    const recent = new RecentHolds(BOUNDS, 0);
    recent.add("p", [held("O", "1", "key:b"), held("O", "2"), held("O", "3"), held("O", "4")], 0);
    expect(recent.find("O", "key:a", 2).map(({ reservationId }) => reservationId)).toEqual(["p~2", "p~3"]);
  });

  it("are remembered for their time at least, and forgotten within twice that", () => {
    const recent = new RecentHolds(BOUNDS, 0);
    recent.add("p", [held("O", "1")], 500);
    recent.add("p", [held("O", "2")], 1499);
    expect(ids(recent, "O")).toEqual(["p~1", "p~2"]);
    recent.add("p", [held("O", "3")], 2499);
    expect(ids(recent, "O")).toEqual(["p~2", "p~3"]);
    recent.add("p", [], 3499);
    recent.add("p", [], 4499);
    expect(ids(recent, "O")).toEqual([]);
  });

  it("are bounded in number: the oldest go first", () => {
    const recent = new RecentHolds(BOUNDS, 0);
    for (let made = 0; made < 100; made += 1) recent.add("p", [held("O", String(made))], 0);
    const kept = ids(recent, "O");
    expect(kept.length).toBeLessThanOrEqual(BOUNDS.maxHolds);
    expect(kept.length).toBeGreaterThan(BOUNDS.maxHolds / 2 - 1);
    expect(kept.at(-1)).toBe("p~99");
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, at) => `p~${100 - kept.length + at}`));
  });
});
