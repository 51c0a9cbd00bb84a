import { describe, expect, it } from "vitest";
import { decide } from "../../../src/domain/decide";
import { facts } from "../plain-facts";
import { itChangesNothing } from "./cases";

describe("edit", () => {
  itChangesNothing([
    ["an edit that says what is so", {}, { verb: "edit", patch: { name: "P", attributes: { none: null } } }],
  ]);

  it("attributes merge by name, whatever their order, and null removes one", () => {
    const given = { fields: { attributes: { a: 1, b: "x" } } };
    expect(decide(facts(given), { verb: "edit", patch: { attributes: { b: "x", a: 1 } } })).toMatchObject({
      events: [],
    });
    expect(decide(facts(given), { verb: "edit", patch: { attributes: { a: null } } })).toMatchObject({
      product: { fields: { attributes: { b: "x" } } },
    });
  });
});
