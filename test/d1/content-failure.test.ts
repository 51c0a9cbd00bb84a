/** What D1 says when it does not commit, word for word. */
import { describe, expect, it } from "vitest";
import { isContentFailure } from "../../src/d1/content-failure";

describe("a batch that D1 did not commit", () => {
  it.each([
    ["D1_ERROR: malformed JSON: SQLITE_ERROR", true],
    ["D1_ERROR: bad JSON path: '$.[': SQLITE_ERROR", true],
    [
      "D1_ERROR: NOT NULL constraint failed: events.type: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_NOTNULL)",
      true,
    ],
    ["D1_ERROR: CHECK constraint failed: n >= 0: SQLITE_CONSTRAINT", true],
    ["D1_ERROR: UNIQUE constraint failed: events.product_id, events.version: SQLITE_CONSTRAINT", true],
    ["D1_ERROR: datatype mismatch: SQLITE_MISMATCH", true],
    ["D1_ERROR: string or blob too big: SQLITE_TOOBIG", true],
    ["D1_TYPE_ERROR: Type 'undefined' not supported for value 'undefined'", true],
    ["D1_ERROR: Network connection lost.: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_TRIGGER)", false],
    ["D1_ERROR: malformed JSON: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_TRIGGER)", false],
    ["D1 did not answer within 10000 ms", false],
    ["D1_ERROR: database is locked: SQLITE_BUSY", false],
    ["D1_ERROR: no such table: events: SQLITE_ERROR", false],
    ["D1_ERROR: table reservations has no column named owner: SQLITE_ERROR", false],
  ])("%s: of its content: %s", (message, ofContent) => expect(isContentFailure(message)).toBe(ofContent));
});
