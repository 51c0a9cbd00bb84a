/** The parameters of every route's path: by their patterns they are what the schemas say. */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { ProblemError, type Problem } from "../../../src/http/problem";
import { check } from "../../../src/http/request/fields";
import { pathFieldsBy } from "../../../src/http/request/path-fields";
import { ROUTES } from "../../../src/http/routes";
import { productParams } from "../../../src/http/schemas/primitives";
import * as z from "../../../src/http/zod";

const WITH_PARAMETERS = ROUTES.flatMap(({ method, path, contract }) =>
  contract?.params ? [{ route: `${method} ${path}`, params: contract.params }] : [],
);

const characters = fc.constantFrom(..."aZ09._:-/ %éx\n\u0000");
const text = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,130}$/),
  fc.string({ unit: characters, maxLength: 140 }),
  fc.uuid(),
);

function outcome(checked: () => unknown): { fields: unknown } | { problem: Problem } {
  try {
    return { fields: checked() };
  } catch (error) {
    if (error instanceof ProblemError) return { problem: error.problem };
    throw error;
  }
}

describe("the parameters of a path", () => {
  it.each(WITH_PARAMETERS)("of $route are taken and refused as its schema has it", ({ params }) => {
    const fieldsOf = pathFieldsBy(params);
    const names = Object.keys(params.shape);
    fc.assert(
      fc.property(fc.array(text, { minLength: names.length, maxLength: names.length }), (values) => {
        const found = Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
        expect(outcome(() => fieldsOf(found))).toEqual(outcome(() => check(params, found, "path")));
      }),
    );
  });

  it("are asked of the schema only where the pattern does not let them through", () => {
    const asked = vi.spyOn(productParams, "safeParse");
    const fieldsOf = pathFieldsBy(productParams);
    expect(fieldsOf({ productId: "75192-1" })).toEqual({ productId: "75192-1" });
    expect(asked).not.toHaveBeenCalled();
    expect(() => fieldsOf({ productId: "-75192" })).toThrow(ProblemError);
    expect(asked).toHaveBeenCalledOnce();
    expect(() => fieldsOf({})).toThrow(ProblemError);
    asked.mockRestore();
  });

  it.each([
    ["one that is changed", z.string().trim().regex(/^a+$/), " a", { id: "a" }],
    ["one that must be more than its form", z.string().regex(/^a+$/).max(2), "aaa", undefined],
    [
      "one that is tried",
      z
        .string()
        .regex(/^a+$/)
        .refine((id) => id !== "aa"),
      "aa",
      undefined,
    ],
    ["one that becomes another", z.string().regex(/^\d+$/).transform(Number), "17", { id: 17 }],
  ])("are always asked of the schema: %s", (_, id, given, fields) => {
    const found = outcome(() => pathFieldsBy(z.strictObject({ id }))({ id: given }));
    expect("fields" in found ? found.fields : undefined).toEqual(fields);
  });
});
