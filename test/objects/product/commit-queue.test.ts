import { describe, expect, it, vi } from "vitest";
import type { Envelope, Result } from "../../../src/domain/command";
import { MAX_QUEUED_COMMANDS } from "../../../src/limits";
import { commit as commitOne, sweep } from "../../../src/objects/product/commit";
import { CommitQueue } from "../../../src/objects/product/commit-queue";
import type { ProductStore } from "../../../src/objects/product/store";
import { logError } from "../../../src/telemetry/log";

const DONE: Result = { ok: true, body: "{}", version: 1, replayed: false };

function envelope(ulid: string): Envelope {
  return { command: { verb: "cancel", ulid }, actor: "test", clamped: false };
}

vi.mock("../../../src/objects/product/commit");
vi.mock("../../../src/telemetry/log");

function setUp(commit: (envelope: Envelope) => Result) {
  vi.resetAllMocks();
  const deps = {
    transaction: vi.fn((work: () => unknown) => work()),
    begin: vi.mocked(sweep),
    commit: vi.fn(commit),
    load: vi.fn(),
    onRollback: vi.fn(),
    restore: vi.fn(),
    snapshot: vi.fn(),
    onWritten: vi.fn(),
  };
  deps.snapshot.mockReturnValue(deps.restore);
  vi.mocked(commitOne).mockImplementation((_, envelope) => deps.commit(envelope));
  vi.mocked(logError).mockImplementation((_, error) => deps.onRollback(error));
  const { snapshot, load } = deps;
  const queue = new CommitQueue(
    { transactionSync: <T>(work: () => T) => deps.transaction(work) as T },
    {
      store: { productId: "p", snapshot, load } as unknown as ProductStore,
      maintenance: { rememberedSeq: () => 0, swept: vi.fn() },
    },
    deps.onWritten,
  );
  return { deps, queue };
}

describe("the commit queue", () => {
  it("decides what arrives together in one transaction, in order, and answers each", async () => {
    const { deps, queue } = setUp(({ command }) => ({ ...DONE, body: JSON.stringify(command) }));
    const answers = await Promise.all([
      queue.submit([envelope("a")]),
      queue.submit([envelope("b"), envelope("c")]),
      queue.submit([envelope("d")]),
    ]);
    expect(deps.transaction).toHaveBeenCalledOnce();
    const ulids = answers
      .flat()
      .map((result) => (result.ok ? (JSON.parse(result.body) as { ulid: string }).ulid : ""));
    expect(ulids).toEqual(["a", "b", "c", "d"]);
  });

  it("retries alone when one throws: the neighbours commit, the bug is internal", async () => {
    const { deps, queue } = setUp(({ command }) => {
      if ("ulid" in command && command.ulid === "bug") throw new Error("a bug");
      return DONE;
    });
    const [before, bug, after] = await Promise.all([
      queue.submit([envelope("a")]),
      queue.submit([envelope("bug")]),
      queue.submit([envelope("b")]),
    ]);
    expect(before).toEqual([DONE]);
    expect(bug).toEqual([{ ok: false, refusal: { code: "internal" } }]);
    expect(after).toEqual([DONE]);
    expect(deps.onRollback).toHaveBeenCalledTimes(2);
    expect(deps.load, "memory is as the rows are").toHaveBeenCalledTimes(2);
    expect(deps.onWritten).toHaveBeenCalledOnce();
  });

  it("refuses more than it can hold instead of growing without end", async () => {
    const { queue } = setUp(() => DONE);
    const many = Array.from({ length: MAX_QUEUED_COMMANDS }, (_, index) => envelope(String(index)));
    const accepted = queue.submit(many);
    expect(await queue.submit([envelope("one too many")])).toEqual([
      { ok: false, refusal: { code: "overloaded" } },
    ]);
    expect(await accepted).toHaveLength(MAX_QUEUED_COMMANDS);
  });

  it("takes a turn at once when a reader must see what has fallen due", async () => {
    const { deps, queue } = setUp(() => DONE);
    const waiting = queue.submit([envelope("a")]);
    queue.flush();
    expect(deps.commit).toHaveBeenCalledOnce();
    expect(await waiting).toEqual([DONE]);
    await scheduler.wait(5);
    expect(deps.transaction, "the tick that was due finds nothing to do").toHaveBeenCalledOnce();
    expect(await queue.submit([envelope("b")])).toEqual([DONE]);
  });

  describe("a dry run", () => {
    /** As the platform does: what throws is undone, and thrown on. */
    function setUpRolledBack(commit: (envelope: Envelope) => Result) {
      const { deps, queue } = setUp(commit);
      const undone = vi.fn();
      deps.transaction.mockImplementation((work) => {
        try {
          return work();
        } catch (error) {
          undone();
          throw error;
        }
      });
      return { deps, queue, undone };
    }

    it("decides in order inside a transaction that is undone, and tells nobody that something was written", () => {
      const { deps, queue, undone } = setUpRolledBack(({ command }) => ({
        ...DONE,
        body: JSON.stringify(command),
      }));
      const results = queue.dryRun([envelope("a"), envelope("b")]);
      expect(results.map((result) => result.ok && result.body)).toEqual([
        '{"verb":"cancel","ulid":"a"}',
        '{"verb":"cancel","ulid":"b"}',
      ]);
      expect(undone).toHaveBeenCalledOnce();
      expect(deps.begin).toHaveBeenCalledOnce();
      expect(deps.restore, "memory is as it was before").toHaveBeenCalledOnce();
      expect(deps.snapshot).toHaveBeenCalledBefore(deps.begin);
      expect(deps.onRollback).not.toHaveBeenCalled();
      expect(deps.onWritten).not.toHaveBeenCalled();
    });

    it("leaves those who wait for a turn where they are", async () => {
      const { deps, queue } = setUpRolledBack(() => DONE);
      const waiting = queue.submit([envelope("a")]);
      queue.dryRun([envelope("b")]);
      expect(deps.commit.mock.calls.map(([{ command }]) => command)).toEqual([{ verb: "cancel", ulid: "b" }]);
      expect(await waiting).toEqual([DONE]);
      expect(deps.commit).toHaveBeenCalledTimes(2);
    });

    it("says internal for all when one throws, and tells why", () => {
      const bug = new Error("a bug");
      const { deps, queue } = setUpRolledBack(({ command }) => {
        if ("ulid" in command && command.ulid === "bug") throw bug;
        return DONE;
      });
      const internal = { ok: false, refusal: { code: "internal" } };
      expect(queue.dryRun([envelope("a"), envelope("bug")])).toEqual([internal, internal]);
      expect(deps.onRollback).toHaveBeenCalledExactlyOnceWith(bug);
      expect(deps.restore).not.toHaveBeenCalled();
    });
  });
});
