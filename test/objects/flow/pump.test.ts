/** The control loop of all objects, with a clock of the test's own. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Pump, type More, type Pass, type PumpOptions } from "../../../src/objects/flow/pump";

const BACKOFF = { minMs: 100, maxMs: 1000, spread: [1, 1] } as const;

/** Passes that are recorded with the moment they began, and end when and as the test says. */
function pumpOf(options: Partial<PumpOptions> = {}) {
  const startedAt = Date.now();
  const state = {
    began: [] as number[],
    carried: [] as string[],
    newest: "a",
    /** What the next passes answer, or reject with. */
    outcomes: [] as (More | Error | Promise<More>)[],
    passes: [] as Pass[],
  };
  const onFailure = vi.fn();
  const pump = new Pump({
    backoff: BACKOFF,
    onFailure,
    pass: async (pass) => {
      state.began.push(Date.now() - startedAt);
      state.carried.push(state.newest);
      state.passes.push(pass);
      const outcome = state.outcomes.shift();
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    ...options,
  });
  return { pump, state, onFailure };
}

const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const never = () => new Promise<More>(() => undefined);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a pump", () => {
  it("passes once for all that wake it together, not inside the call, and needs no timer for that", async () => {
    const { pump, state } = pumpOf();
    for (let woken = 0; woken < 5; woken += 1) pump.wake();
    expect(state.began).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    await advance(0);
    expect(state.began).toEqual([0]);
    expect(pump.busy).toBe(false);
  });

  it("carries what became dirty during a pass afterwards, as it is then", async () => {
    const { pump, state } = pumpOf();
    const gate = Promise.withResolvers<More>();
    state.outcomes = [gate.promise];
    pump.wake();
    await advance(0);
    state.newest = "b";
    pump.wake();
    state.newest = "c";
    pump.wake();
    await advance(1000);
    expect(state.carried, "one at a time").toEqual(["a"]);
    gate.resolve(undefined);
    await advance(0);
    expect(state.carried).toEqual(["a", "c"]);
    await advance(10_000);
    expect(state.carried).toHaveLength(2);
  });

  it("gathers neighbours from the first on, unless somebody is in a hurry", async () => {
    const { pump, state } = pumpOf({ gatherMs: 70 });
    pump.wake();
    await advance(50);
    pump.wake();
    await advance(19);
    expect(state.began).toEqual([]);
    await advance(1);
    expect(state.began).toEqual([70]);
    pump.wake();
    pump.wake(5);
    await advance(5);
    expect(state.began).toEqual([70, 75]);
    await advance(1000);
    expect(state.began).toHaveLength(2);
  });

  it("is spaced from beginning to beginning", async () => {
    const { pump, state } = pumpOf({ spacingMs: 50 });
    pump.wake();
    await advance(10);
    pump.wake();
    await advance(100);
    pump.wake();
    await advance(0);
    expect(state.began).toEqual([0, 50, 110]);
  });

  it("goes on where a pass says that there is more, when it says so", async () => {
    const { pump, state } = pumpOf({ spacingMs: 1000 });
    state.outcomes = [0, 30, undefined];
    pump.wake();
    await advance(10_000);
    expect(state.began).toEqual([0, 0, 30]);
  });

  it("waits no longer than it would have when the clock is set back", async () => {
    const { pump, state } = pumpOf({ spacingMs: 50 });
    state.outcomes = [undefined, new Error("away")];
    for (const passes of [1, 2, 3, 4]) {
      vi.setSystemTime(Date.now() - 3_600_000);
      pump.wake();
      await advance(100);
      expect(state.began).toHaveLength(passes);
    }
  });

  it("takes the sooner of what a pass says and what wakes it", async () => {
    const { pump, state } = pumpOf();
    state.outcomes = [500];
    pump.wake();
    await advance(100);
    pump.wake();
    await advance(0);
    expect(state.began).toEqual([0, 100]);
  });

  it("does the same for passes that await nothing", async () => {
    let left = 3;
    const pass = vi.fn((): More => ((left -= 1) > 0 ? 0 : undefined));
    const pump = new Pump({ pass });
    pump.wake();
    await advance(0);
    expect(pass).toHaveBeenCalledTimes(3);
  });
});

describe("a pump whose pass fails", () => {
  it("waits ever longer, whoever wakes it, and at once again after a success", async () => {
    const { pump, state, onFailure } = pumpOf();
    const away = new Error("away");
    state.outcomes = [away, away, away, undefined, away];
    pump.wake();
    for (let woken = 0; woken < 100; woken += 1) {
      await advance(10);
      if (state.began.length < 4) pump.wake();
    }
    expect(state.began).toEqual([0, 100, 300, 700]);
    expect(onFailure.mock.calls.map(([, failures]) => failures)).toEqual([1, 2, 3]);
    expect(pump.retryAt).toBeNull();
    pump.wake();
    await advance(0);
    expect(onFailure).toHaveBeenLastCalledWith(away, 1);
    expect(pump.retryAt).toBe(Date.now() + 100);
  });

  it("and is driven by an alarm sets no timer, passes nothing by before its time, and all when it is run", async () => {
    const { pump, state } = pumpOf({ retriesByAlarm: true, gatherMs: 10 });
    state.outcomes = [new Error("away")];
    pump.wake();
    await advance(10);
    expect(pump.retryAt).toBe(Date.now() + 100);
    pump.wake();
    expect(vi.getTimerCount()).toBe(0);
    await advance(50);
    await pump.run();
    expect(state.began).toEqual([10, 60]);
    state.outcomes = [new Error("away")];
    await pump.run();
    await advance(101);
    pump.wake();
    await advance(10);
    expect(state.began, "its time has come and the alarm is late").toHaveLength(4);
  });

  it("and says nothing of failures logs the first", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const pump = new Pump({
      pass: () => {
        throw new Error("a bug");
      },
    });
    pump.wake();
    await advance(60_000);
    expect(log).toHaveBeenCalledOnce();
    expect(String(log.mock.calls)).toContain("a bug");
    log.mockRestore();
  });
});

describe("whoever waits for a pump", () => {
  it("waits for the pass that carries what is dirty now, to its end", async () => {
    const { pump, state } = pumpOf();
    const gates = [0, 1, 2].map(() => Promise.withResolvers<More>());
    state.outcomes = gates.map(({ promise }) => promise);
    const order: string[] = [];
    await pump.settled();
    pump.wake();
    void pump.settled().then(() => order.push("before"));
    await advance(0);
    void pump.settled().then(() => order.push("during"));
    pump.wake();
    void pump.settled().then(() => order.push("woken during"));
    gates[0]?.resolve(0);
    await advance(0);
    expect(order, "there was more").toEqual([]);
    gates[1]?.resolve(undefined);
    await advance(0);
    expect(order).toEqual(["before", "during", "woken during"]);
  });

  it("is not kept waiting by what becomes dirty later", async () => {
    const { pump, state } = pumpOf();
    const [first, second] = [Promise.withResolvers<More>(), Promise.withResolvers<More>()];
    state.outcomes = [first.promise, second.promise];
    pump.wake();
    await advance(0);
    const ended = vi.fn();
    void pump.settled().then(() => ended());
    pump.wake();
    first.resolve(undefined);
    await advance(0);
    expect(ended).toHaveBeenCalledOnce();
    expect(state.began).toHaveLength(2);
  });

  it("hears of a failure too", async () => {
    const { pump, state } = pumpOf({ retriesByAlarm: true });
    const gate = Promise.withResolvers<More>();
    state.outcomes = [gate.promise];
    pump.wake();
    await advance(0);
    const waiting = Promise.all([pump.settled(), pump.run(), pump.settled()]);
    gate.reject(new Error("away"));
    await waiting;
    expect(state.began).toHaveLength(1);
    expect(pump.retryAt).not.toBeNull();
  });

  it("is answered by `run` although nothing was dirty, and by one that begins after it", async () => {
    const { pump, state } = pumpOf({ gatherMs: 70 });
    await pump.run();
    expect(state.began).toEqual([0]);
    const gate = Promise.withResolvers<More>();
    state.outcomes = [gate.promise];
    pump.wake();
    const running = pump.run();
    await advance(0);
    expect(state.began, "without gathering").toEqual([0, 0]);
    const again = pump.run();
    gate.resolve(undefined);
    await Promise.all([running, again]);
    expect(state.began).toEqual([0, 0, 0]);
  });
});

describe("a pass that never ends", () => {
  it("is given up by whoever comes when its time is over; what it comes to then changes nothing", async () => {
    const { pump, state, onFailure } = pumpOf({ timeoutMs: 1000 });
    const gate = Promise.withResolvers<More>();
    state.outcomes = [gate.promise];
    pump.wake();
    await advance(999);
    pump.wake();
    expect(state.passes[0]?.givenUp).toBe(false);
    await advance(1);
    pump.wake();
    expect(state.passes[0]?.givenUp).toBe(true);
    expect(onFailure).toHaveBeenCalledOnce();
    await advance(100);
    expect(state.began).toEqual([0, 1100]);
    gate.resolve(0);
    await advance(10_000);
    expect(state.began).toHaveLength(2);
  });

  it("does not hold up who runs the pump: not for longer than a pass may take", async () => {
    const { pump, state, onFailure } = pumpOf({ timeoutMs: 1000, retriesByAlarm: true });
    state.outcomes = [never(), never()];
    const ended = vi.fn();
    void pump.run().then(() => ended());
    await advance(1000);
    expect(ended).toHaveBeenCalledOnce();
    expect(onFailure).toHaveBeenCalledOnce();
    void pump.run().then(() => ended());
    await advance(500);
    void pump.run().then(() => ended());
    await advance(500);
    expect(ended).toHaveBeenCalledTimes(3);
    await pump.run();
    expect(state.began).toEqual([0, 1000, 2000]);
  });

  it("and fails after it was given up does not fail twice", async () => {
    const { pump, state, onFailure } = pumpOf({ timeoutMs: 1000 });
    const gate = Promise.withResolvers<More>();
    state.outcomes = [gate.promise];
    pump.wake();
    await advance(1000);
    pump.wake();
    gate.reject(new Error("late"));
    await advance(100);
    expect(onFailure).toHaveBeenCalledOnce();
    expect(pump.retryAt).toBeNull();
  });
});
