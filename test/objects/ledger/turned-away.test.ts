/** Whom the ledger asks to send again after an outage, and when. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LEDGER_PROBE_MS, MAX_TURNED_AWAY, RECALL_CONCURRENCY } from "../../../src/limits";
import { TurnedAway } from "../../../src/objects/ledger/turned-away";

function setUp() {
  const state = { busy: false, recalled: [] as string[] };
  const deps = {
    recall: vi.fn(async (id: string) => void state.recalled.push(id)),
    isBusy: () => state.busy,
    onFailure: vi.fn(),
  };
  return { state, deps, turnedAway: new TurnedAway(deps.recall, deps.isBusy, deps.onFailure) };
}

describe("products that were turned away", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("one is asked a second later, and each second another, until none is left", async () => {
    const { state, turnedAway } = setUp();
    for (const id of ["a", "b", "a"]) turnedAway.add(id);
    await vi.advanceTimersByTimeAsync(LEDGER_PROBE_MS - 1);
    expect(state.recalled).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(state.recalled).toEqual(["a"]);
    turnedAway.add("a");
    await vi.advanceTimersByTimeAsync(2 * LEDGER_PROBE_MS);
    expect(state.recalled, "who was turned away again comes after the others").toEqual(["a", "b", "a"]);
    await vi.advanceTimersByTimeAsync(5 * LEDGER_PROBE_MS);
    expect(state.recalled).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("nobody is asked while somebody sends anyway", async () => {
    const { state, turnedAway } = setUp();
    turnedAway.add("a");
    state.busy = true;
    await vi.advanceTimersByTimeAsync(3 * LEDGER_PROBE_MS);
    expect(state.recalled).toEqual([]);
    state.busy = false;
    await vi.advanceTimersByTimeAsync(LEDGER_PROBE_MS);
    expect(state.recalled).toEqual(["a"]);
  });

  it("at the first success all are asked, a bounded number at a time, whoever fails", async () => {
    const { deps, turnedAway } = setUp();
    const gate = Promise.withResolvers<void>();
    deps.recall.mockImplementation(async (id) => {
      await gate.promise;
      if (id === "p0") throw new Error("gone");
    });
    for (let index = 0; index < 100; index += 1) turnedAway.add(`p${index}`);
    turnedAway.bookIsBack();
    expect(deps.recall).toHaveBeenCalledTimes(RECALL_CONCURRENCY);
    gate.resolve();
    await vi.advanceTimersByTimeAsync(1);
    expect(deps.recall).toHaveBeenCalledTimes(100);
    expect(deps.onFailure).toHaveBeenCalledExactlyOnceWith("p0", expect.any(Error));
    turnedAway.bookIsBack();
    await vi.advanceTimersByTimeAsync(5 * LEDGER_PROBE_MS);
    expect(deps.recall, "once").toHaveBeenCalledTimes(100);
  });

  it("remembers no more than it may", async () => {
    const { deps, turnedAway } = setUp();
    for (let index = 0; index < MAX_TURNED_AWAY + 5; index += 1) turnedAway.add(`p${index}`);
    turnedAway.bookIsBack();
    await vi.advanceTimersByTimeAsync(1);
    expect(deps.recall).toHaveBeenCalledTimes(MAX_TURNED_AWAY);
  });
});
