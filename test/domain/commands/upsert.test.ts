import { describe, expect, it } from "vitest";
import { decide } from "../../../src/domain/decide";
import { facts } from "../plain-facts";
import { itChangesNothing } from "./cases";

describe("upsert", () => {
  itChangesNothing([["an import row that says what is so", {}, { verb: "upsert", fields: { name: "P" } }]]);

  it("an import row makes, changes, and says which", () => {
    expect(decide(facts({ absent: true }), { verb: "upsert", fields: { name: "New" } })).toMatchObject({
      answer: { view: "upsert", result: "created" },
    });
    expect(decide(facts(), { verb: "upsert", fields: { name: "Other" } })).toMatchObject({
      answer: { view: "upsert", result: "updated" },
      events: [{ data: { changes: { name: "Other" } } }],
    });
  });
});
