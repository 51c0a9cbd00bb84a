/** A run that never ends. In a file of its own: it takes the clock away from everything else. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { IDEMPOTENCY_ATTEMPT_MS, IDEMPOTENCY_WAIT_MS } from "../../../src/limits";

afterEach(() => {
  vi.useRealTimers();
});

it("is waited for so long, then one of those who wait goes on, and the others are told to come back", () =>
  // From within the object: timers may only be run where they were set.
  runInDurableObject(env.IDEMPOTENCY.getByName("lapse"), async (object) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    expect(await object.begin("A")).toMatchObject({ state: "first", resumed: false });
    const waiting = [object.begin("A"), object.begin("A")];
    await vi.advanceTimersByTimeAsync(IDEMPOTENCY_ATTEMPT_MS - 1);
    expect(await Promise.race([...waiting, "none"])).toBe("none");
    await vi.advanceTimersByTimeAsync(1);
    expect(await waiting[0]).toMatchObject({ state: "first", resumed: true });
    await vi.advanceTimersByTimeAsync(IDEMPOTENCY_WAIT_MS - IDEMPOTENCY_ATTEMPT_MS);
    expect(await waiting[1]).toEqual({ state: "busy" });
  }));
