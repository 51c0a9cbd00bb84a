/** To the millisecond: when a hold ends, and when it has ended. */
import { describe, expect, it } from "vitest";
import type { Command } from "../../src/domain/command";
import { decide } from "../../src/domain/decide";
import { isActive } from "../../src/domain/reservation";
import { MAX_HOLD_CHAIN_MS } from "../../src/limits";
import { facts, hold, NOW, ULID } from "./plain-facts";

const SHOP = { actor: "key:shop", clamped: true };
const STAFF = { actor: "key:staff", clamped: false };

function endOf(ttlSeconds: number | null, by: typeof SHOP, supersedes?: string): number | null | undefined {
  const command: Command = {
    verb: "reserve",
    quantity: 1,
    locationIds: ["main"],
    anyLocation: false,
    ttlSeconds,
    ...(supersedes !== undefined && { supersedes }),
  };
  const old = hold({ chainStartedAt: NOW + 5000 - MAX_HOLD_CHAIN_MS });
  const outcome = decide(facts({ holds: [old] }), command, by);
  return "refusal" in outcome ? undefined : outcome.reservations?.at(-1)?.expiresAt;
}

describe("a hold ends", () => {
  it.each([
    ["as long after it was made as was asked", 60, SHOP, undefined, NOW + 60_000],
    ["never, when staff say so", null, STAFF, undefined, null],
    ["with the time of its chain, for a shop", 60, SHOP, ULID, NOW + 5000],
    ["as asked, for staff, whatever its chain", 60, STAFF, ULID, NOW + 60_000],
  ])("%s", (_, ttlSeconds, by, supersedes, expected) => {
    expect(endOf(ttlSeconds, by, supersedes)).toBe(expected);
  });
});

describe("a hold is alive", () => {
  it.each([
    ["a millisecond before its end", { expiresAt: NOW + 1 }, true],
    ["not at its end", { expiresAt: NOW }, false],
    ["not a millisecond after it", { expiresAt: NOW - 1 }, false],
    ["when it has no end", { expiresAt: null }, true],
    ["not when nothing is held", { expiresAt: null, held: 0 }, false],
  ])("%s", (_, given, alive) => {
    expect(isActive(hold(given), NOW)).toBe(alive);
  });
});
