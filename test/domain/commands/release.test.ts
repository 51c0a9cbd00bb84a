import { describe, expect, it } from "vitest";
import type { Command } from "../../../src/domain/command";
import { decide } from "../../../src/domain/decide";
import { facts, ULID } from "../plain-facts";
import { itRefuses, ofExpired, ofReleased, ofSold, ofUnknown } from "./cases";

const RELEASE: Command = { verb: "release", ulid: ULID };

describe("release", () => {
  itRefuses([
    ofUnknown(RELEASE),
    ofSold(RELEASE),
    ofReleased(RELEASE),
    ofExpired(RELEASE),
    ["release more than is held", {}, { verb: "release", ulid: ULID, quantity: 4 }, "exceeds_held"],
  ]);

  it("a hold on a level that does not exist is a bug, and said so", () => {
    expect(() => decide(facts({ levels: [] }), RELEASE)).toThrow(/does not exist/);
  });
});
