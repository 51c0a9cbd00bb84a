/** What an isolate adds up on the side: bounded, sent about a second later, and counted as lost where it cannot be. */
import { describe, expect, it, vi, afterEach } from "vitest";
import type { DemandDelta } from "../../../src/domain/demand";
import { countRefused, countSearch, DemandBuffer } from "../../../src/http/clients/demand";
import { MAX_DEMAND_NAMES_PER_FLUSH } from "../../../src/limits/reports";

const shortage = (productId: string, requested: number) => ({
  productId,
  locationId: "main",
  requested,
  available: 0,
});

/** A demand object that takes what it is sent, or fails. */
function receiver(...answers: ("taken" | "failed" | "stalled")[]) {
  const sent: (readonly DemandDelta[])[] = [];
  const add = (deltas: readonly DemandDelta[]) => {
    sent.push(deltas);
    const answer = answers[sent.length - 1] ?? "taken";
    if (answer === "stalled") return new Promise(() => undefined);
    return answer === "taken" ? Promise.resolve() : Promise.reject(new Error("overloaded"));
  };
  return { sent, env: { DEMAND: { getByName: () => ({ add }) } } as unknown as Env };
}

afterEach(() => void vi.restoreAllMocks());

describe("the buffer", () => {
  it("adds up by name and is empty once it was taken", () => {
    const buffer = new DemandBuffer();
    buffer.add("refused", "P", 2);
    buffer.add("refused", "P", 3);
    buffer.add("searched", "falcon", 0);
    expect(buffer.take()).toEqual([
      { kind: "refused", tallies: [{ name: "P", count: 2, units: 5 }], lost: 0 },
      { kind: "searched", tallies: [{ name: "falcon", count: 1, units: 0 }], lost: 0 },
    ]);
    expect(buffer.take()).toEqual([]);
  });

  it("takes so many names of a kind, and counts how much of others it lost", () => {
    const buffer = new DemandBuffer();
    for (let at = 0; at < MAX_DEMAND_NAMES_PER_FLUSH + 3; at += 1) buffer.add("searched", `w${at}`, 0);
    buffer.add("searched", "w0", 0);
    buffer.add("refused", "P", 1);
    const [refused, searched] = buffer.take();
    expect(refused).toMatchObject({ kind: "refused", lost: 0 });
    expect(searched?.tallies).toHaveLength(MAX_DEMAND_NAMES_PER_FLUSH);
    expect(searched?.tallies[0]).toEqual({ name: "w0", count: 2, units: 0 });
    expect(searched?.lost).toBe(3);
  });
});

describe("sending", () => {
  it("is one call for all of about a second", async () => {
    const { sent, env } = receiver();
    countRefused(env, [shortage("P", 2), shortage("Q", 1)]);
    countRefused(env, [shortage("P", 1)]);
    countSearch(env, "  Millennium FALCON!", true);
    countSearch(env, "nowhere", false);
    expect(sent).toEqual([]);
    await vi.waitFor(() => expect(sent).toHaveLength(1), { timeout: 5000 });
    expect(sent[0]).toEqual([
      {
        kind: "refused",
        tallies: [
          { name: "P", count: 2, units: 3 },
          { name: "Q", count: 1, units: 1 },
        ],
        lost: 0,
      },
      {
        kind: "searched",
        tallies: [
          { name: "millennium falcon", count: 1, units: 0 },
          { name: "nowhere", count: 1, units: 0 },
        ],
        lost: 0,
      },
      { kind: "unfound", tallies: [{ name: "nowhere", count: 1, units: 0 }], lost: 0 },
    ]);
  });

  it("what failed is lost, and the next call says how much", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const { sent, env } = receiver("failed");
    countRefused(env, [shortage("P", 2), shortage("P", 2)]);
    await vi.waitFor(() => expect(log).toHaveBeenCalledOnce(), { timeout: 5000 });
    expect(log).toHaveBeenCalledWith(expect.stringContaining("not counted"));
    countRefused(env, [shortage("Q", 1)]);
    await vi.waitFor(() => expect(sent).toHaveLength(2), { timeout: 5000 });
    expect(sent[1]).toEqual([{ kind: "refused", tallies: [{ name: "Q", count: 1, units: 1 }], lost: 2 }]);
  });

  it("goes on although the request that was to send is gone, or the clock was set back", async () => {
    const { sent, env } = receiver();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const begun = Date.now();
    countRefused(env, [shortage("P", 1)]);
    vi.setSystemTime(begun + 2001);
    countRefused(env, [shortage("P", 1)]);
    vi.setSystemTime(begun - 60_000);
    countRefused(env, [shortage("P", 1)]);
    vi.useRealTimers();
    await vi.waitFor(() => expect(sent).toHaveLength(3), { timeout: 5000 });
    expect(sent.flat()).toEqual([{ kind: "refused", tallies: [{ name: "P", count: 3, units: 3 }], lost: 0 }]);
  });
});
