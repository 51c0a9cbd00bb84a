import { describe, expect, it, vi } from "vitest";
import { DRAIN_DELAY_KEPT_MS, DRAIN_DELAY_MS, LEDGER_CALL_TIMEOUT_MS } from "../../../src/limits";
import { Outbox, type OutboxBatch } from "../../../src/objects/log/outbox";

interface TestBatch extends OutboxBatch {
  /** 0: the whole batch. */
  part: number;
}

const partsOf = (batch: TestBatch): TestBatch[] => [
  { ...batch, part: 1 },
  { ...batch, part: 2 },
];

/** A journal of numbered rows of which one goes at a time, and a book that can be told to fail. */
function setUp(rows: number) {
  const state = {
    rows,
    failing: false,
    stuck: false,
    gatherMs: undefined as number | undefined,
    sent: [] as number[],
    settled: [] as number[],
    failures: [] as number[],
  };
  const outbox: Outbox<TestBatch> = new Outbox({
    pack: (afterSeq) =>
      afterSeq < state.rows
        ? {
            rows: 1,
            seq: afterSeq + 1,
            version: afterSeq + 1,
            more: afterSeq + 1 < state.rows,
            part: 0,
          }
        : undefined,
    send: async ({ seq }) => {
      state.sent.push(seq);
      if (state.stuck) await new Promise(() => {});
      if (state.failing) return { ok: false, reason: "away" };
      return state.gatherMs === undefined ? { ok: true } : { ok: true, gatherMs: state.gatherMs };
    },
    split: (batch) => [batch],
    onRefused: vi.fn(),
    onAcknowledged: ({ seq }) => void state.settled.push(seq),
    onFailure: (_, failures) => void state.failures.push(failures),
  });
  return { state, outbox };
}

describe("the outbox", () => {
  it("carries everything in order, one batch at a time", async () => {
    const { state, outbox } = setUp(3);
    await Promise.all([outbox.drain(), outbox.drain()]);
    expect(state.sent).toEqual([1, 2, 3]);
    expect(state.settled).toEqual([1, 2, 3]);
    expect(outbox.acknowledgedSeq).toBe(3);
  });

  it("gathers for as long as the ledger asks, unless somebody waits or that is long ago", async () => {
    vi.useFakeTimers();
    try {
      const { state, outbox } = setUp(1);
      state.gatherMs = 800;
      await outbox.drain();
      state.rows = 2;
      outbox.nudge();
      await vi.advanceTimersByTimeAsync(799);
      expect(state.sent).toEqual([1]);
      await vi.advanceTimersByTimeAsync(1);
      expect(state.sent).toEqual([1, 2]);
      state.rows = 3;
      outbox.nudge();
      await outbox.whenAcknowledged(3, 1000);
      expect(state.sent).toEqual([1, 2, 3]);
      await vi.advanceTimersByTimeAsync(DRAIN_DELAY_KEPT_MS);
      state.rows = 4;
      outbox.nudge();
      await vi.advanceTimersByTimeAsync(DRAIN_DELAY_MS);
      expect(state.sent).toEqual([1, 2, 3, 4]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("keeps the watermark where a batch failed, backs off, and goes on from there", async () => {
    const { state, outbox } = setUp(2);
    state.failing = true;
    await outbox.drain();
    await outbox.drain();
    expect(state.sent).toEqual([1, 1]);
    expect(state.failures).toEqual([1, 2]);
    expect(outbox.acknowledgedSeq).toBe(0);
    expect(outbox.retryAt).toBeGreaterThan(Date.now());
    state.failing = false;
    await outbox.drain();
    expect(state.settled).toEqual([1, 2]);
    expect(outbox.retryAt).toBeNull();
  });

  it("does not try on every new event while it backs off", async () => {
    const { state, outbox } = setUp(1);
    state.failing = true;
    await outbox.drain();
    for (let more = 0; more < 20; more += 1) outbox.nudge();
    await scheduler.wait(150);
    expect(state.sent).toEqual([1]);
  });

  it("gives a batch up that has been out for too long, and nothing before that", async () => {
    const { state, outbox } = setUp(1);
    state.stuck = true;
    void outbox.drain();
    void outbox.drain();
    await scheduler.wait(1);
    state.stuck = false;
    expect(state.sent).toEqual([1]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + LEDGER_CALL_TIMEOUT_MS + 1 });
    await outbox.drain();
    vi.useRealTimers();
    expect(state.sent).toEqual([1, 1]);
    expect(state.settled).toEqual([1]);
  });

  it("goes at once when somebody waits for the book", async () => {
    const { outbox } = setUp(1);
    outbox.nudge();
    const started = performance.now();
    expect(await outbox.whenAcknowledged(1, 1000)).toBe(true);
    expect(performance.now() - started).toBeLessThan(90);
    expect(await outbox.whenAcknowledged(1, 1000)).toBe(true);
  });

  it("tells who waits too long that the book is not there yet", async () => {
    const { state, outbox } = setUp(1);
    state.failing = true;
    expect(await outbox.whenAcknowledged(1, 30)).toBe(false);
  });

  it("answers nobody before their version is in the book", async () => {
    const { state, outbox } = setUp(2);
    const settled = vi.fn();
    void outbox.whenAcknowledged(3, 1000).then(settled);
    await outbox.whenAcknowledged(2, 1000);
    expect(settled).not.toHaveBeenCalled();
    state.rows = 3;
    outbox.nudge();
    await vi.waitFor(() => expect(settled).toHaveBeenCalledWith(true));
  });
});

describe("alone on the road", () => {
  it("no batch is out meanwhile; what was written goes afterwards", async () => {
    const { state, outbox } = setUp(1);
    const gate = Promise.withResolvers<string>();
    const work = outbox.alone(() => gate.promise);
    outbox.nudge();
    const drained = outbox.drain();
    await scheduler.wait(150);
    expect(state.sent).toEqual([]);
    gate.resolve("done");
    expect(await work).toBe("done");
    await drained;
    await vi.waitFor(() => expect(state.settled).toEqual([1]));
  });

  it("waits for the batch that is out, takes turns with others, and passes on what fails", async () => {
    const { state, outbox } = setUp(2);
    const order: string[] = [];
    const drained = outbox.drain().then(() => order.push("batches"));
    const first = outbox.alone(async () => void order.push("first"));
    const second = outbox.alone(async () => {
      order.push("second");
      throw new Error("no");
    });
    await expect(second).rejects.toThrow("no");
    await Promise.all([drained, first]);
    expect(order.toSorted()).toEqual(["batches", "first", "second"]);
    expect(state.settled).toEqual([1, 2]);
    state.rows = 3;
    await outbox.drain();
    expect(state.settled).toEqual([1, 2, 3]);
  });

  it("gives a batch up that never comes back, and is itself given up when it takes too long", async () => {
    const { state, outbox } = setUp(1);
    state.stuck = true;
    void outbox.drain();
    await scheduler.wait(1);
    vi.useFakeTimers();
    const work = vi.fn(async () => "done");
    const done = outbox.alone(work);
    await vi.advanceTimersByTimeAsync(LEDGER_CALL_TIMEOUT_MS - 1);
    expect(work).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await done).toBe("done");
    vi.useRealTimers();

    const other = setUp(1);
    void other.outbox.alone(() => new Promise(() => {}));
    await scheduler.wait(1);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + LEDGER_CALL_TIMEOUT_MS + 1 });
    await other.outbox.drain();
    vi.useRealTimers();
    expect(other.state.settled).toEqual([1]);
  });

  it("does not wait until the book is back", async () => {
    const { state, outbox } = setUp(1);
    state.failing = true;
    const gate = Promise.withResolvers<void>();
    const first = outbox.alone(() => gate.promise);
    void outbox.drain();
    const second = outbox.alone(async () => "second");
    gate.resolve();
    await first;
    expect(await second).toBe("second");
    await outbox.drain();
    expect(await outbox.alone(async () => "third")).toBe("third");
    expect(state.settled).toEqual([]);
  });
});

/** As above, but a batch takes all rows there are; the book refuses batches with a bad row, and the first part of one. */
function setUpRefusing(rows: number, bad: readonly number[]) {
  const state = {
    rows,
    away: false,
    /** This part alone does not get through. */
    awayForPart: 0,
    /** Batches come back when it opens. */
    gate: undefined as Promise<void> | undefined,
    sent: [] as string[],
    refused: [] as number[],
    settled: [] as number[],
  };
  const outbox: Outbox<TestBatch> = new Outbox({
    pack: (afterSeq, maxRows) => {
      const last = Math.min(state.rows, afterSeq + maxRows);
      if (last === afterSeq) return undefined;
      return { rows: last - afterSeq, seq: last, version: last, more: last < state.rows, part: 0 };
    },
    send: async ({ seq, rows: carried, part }) => {
      if (state.away || (part > 0 && part === state.awayForPart)) return { ok: false, reason: "away" };
      state.sent.push(part === 0 ? `${seq - carried + 1}-${seq}` : `part ${part} of ${seq}`);
      await state.gate;
      const refused = part < 2 && bad.some((row) => row <= seq && row > seq - carried);
      return refused ? { ok: false, refused: true, reason: "bad" } : { ok: true };
    },
    split: partsOf,
    onRefused: ({ seq }, reason) => {
      expect(reason).toBe("bad");
      state.refused.push(seq);
    },
    onAcknowledged: ({ seq }) => void state.settled.push(seq),
    onFailure: vi.fn(),
  });
  return { state, outbox };
}

describe("a row that the book refuses", () => {
  it("is narrowed down to, its parts go one by one, and what comes after it goes on in growing batches", async () => {
    const { state, outbox } = setUpRefusing(40, [12]);
    await outbox.drain();
    expect(state.refused).toEqual([12]);
    expect(outbox.acknowledgedSeq).toBe(40);
    const narrowing = ["1-40", "1-20", "1-10", "11-30", "11-20", "11-15", "11-13", "11-12", "11-11"];
    expect(state.sent).toEqual([
      ...narrowing,
      "12-13",
      "12-12",
      "part 1 of 12",
      "part 2 of 12",
      "13-14",
      "15-18",
      "19-26",
      "27-40",
    ]);
    state.rows = 41;
    await outbox.drain();
    expect(state.sent.at(-1)).toBe("41-41");
  });

  it("alone in its batch is taken apart at once; then batches are whole again", async () => {
    const { state, outbox } = setUpRefusing(1, [1]);
    await outbox.drain();
    expect(state.sent).toEqual(["1-1", "part 1 of 1", "part 2 of 1"]);
    state.rows = 9;
    await outbox.drain();
    expect(state.sent.slice(3)).toEqual(["2-9"]);
    expect(outbox.acknowledgedVersion).toBe(9);
  });

  it("many do not keep what is between them", async () => {
    const bad = [1, 2, 7, 30, 31, 100];
    const { state, outbox } = setUpRefusing(100, bad);
    await outbox.drain();
    expect(state.refused).toEqual(bad);
    expect(outbox.acknowledgedSeq).toBe(100);
    expect(state.sent.length).toBeLessThan(80);
  });

  it("an outage among its parts is waited out; then all of them go again, which does no harm", async () => {
    const { state, outbox } = setUpRefusing(1, [1]);
    state.awayForPart = 2;
    await outbox.drain();
    expect([state.refused, state.settled]).toEqual([[1], []]);
    expect(outbox.retryAt).toBeGreaterThan(Date.now());
    state.awayForPart = 0;
    await outbox.drain();
    expect([state.refused, state.settled]).toEqual([[1, 1], [1]]);
  });

  it("a batch that was given up meanwhile goes no further", async () => {
    const { state, outbox } = setUpRefusing(1, [1]);
    const gate = Promise.withResolvers<void>();
    state.gate = gate.promise;
    const first = outbox.drain();
    await scheduler.wait(1);
    state.gate = undefined;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + LEDGER_CALL_TIMEOUT_MS + 1 });
    const second = outbox.drain();
    vi.useRealTimers();
    await Promise.all([first, second]);
    expect(state.refused).toEqual([1]);
    expect(state.settled).toEqual([1]);
    gate.resolve();
    await scheduler.wait(1);
    expect(state.refused).toEqual([1]);
    expect(state.settled).toEqual([1]);
  });
});

describe("the book is back", () => {
  it("then what waits goes at once", async () => {
    const { state, outbox } = setUpRefusing(3, []);
    state.away = true;
    await outbox.drain();
    expect(outbox.retryAt).not.toBeNull();
    state.away = false;
    void outbox.drain();
    expect(outbox.retryAt).toBeNull();
    await vi.waitFor(() => expect(state.settled).toEqual([3]));
  });
});
