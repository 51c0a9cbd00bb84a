import { describe } from "vitest";
import type { CommandOf } from "../../../src/domain/command";
import { MAX_HOLD_EXTENSIONS } from "../../../src/limits";
import { ULID } from "../plain-facts";
import { itChangesNothing, itRefuses, ofExpired, ofReleased, ofSold, ofUnknown } from "./cases";

const EXTEND: CommandOf<"extend"> = { verb: "extend", ulid: ULID, ttlSeconds: 600 };

describe("extend", () => {
  itRefuses([
    ofUnknown(EXTEND),
    ofSold(EXTEND),
    ofReleased(EXTEND),
    ofExpired(EXTEND),
    ["extend too often", { holds: [{ extensions: MAX_HOLD_EXTENSIONS }] }, EXTEND, "extension_limit_reached"],
  ]);
  itChangesNothing([
    ["an extension that would shorten", {}, { ...EXTEND, ttlSeconds: 1 }],
    ["an extension of a hold without end", { holds: [{ expiresAt: null }] }, EXTEND],
  ]);
});
