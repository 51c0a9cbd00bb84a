import * as z from "../../../src/http/zod";
import { describe, expect, it } from "vitest";
import { fieldErrors } from "../../../src/http/request/fields";

/** A schema, a value that it refuses, and its message. */
const CASES: [z.ZodType, unknown, string][] = [
  [z.string(), undefined, "is required"],
  [z.string(), 5, "must be a string"],
  [z.number(), "5", "must be a number"],
  [z.int(), 5.5, "must be a whole number"],
  [z.boolean(), 1, "must be true or false"],
  [z.array(z.string()), {}, "must be a list"],
  [z.strictObject({}), [], "must be an object"],
  [z.record(z.string(), z.string()), 1, "must be an object"],
  [z.null(), 1, "must be null"],
  [z.map(z.string(), z.string()), 1, "must be of another type"],
  [z.literal("set"), "x", "must be set"],
  [z.enum(["a", "b"]), "c", "must be one of a, b"],
  [z.int().min(1), 0, "must be at least 1"],
  [z.int().max(9), 10, "must be at most 9"],
  [z.number().gt(1), 1, "must be more than 1"],
  [z.number().lt(1), 1, "must be less than 1"],
  [z.int(), 2 ** 60, "must be at most 9007199254740991"],
  [z.int().multipleOf(5), 7, "must be a multiple of 5"],
  [z.string().min(1), "", "must not be empty"],
  [z.string().min(2), "a", "must have at least 2 characters"],
  [z.string().max(2), "abc", "must have at most 2 characters"],
  [z.string().length(2), "abc", "must have exactly 2 characters"],
  [z.array(z.int()).min(1), [], "must not be empty"],
  [z.array(z.int()).max(1), [1, 2], "must have at most 1 entries"],
  [z.iso.datetime(), "today", "must be a time in UTC such as 2026-01-31T12:00:00Z"],
  [z.url(), "x", "must be an address such as https://example.com/"],
  [z.string().regex(/^a$/), "b", "does not have the form that is wanted here"],
  [z.record(z.string().regex(/^a$/, "must be a"), z.int()), { b: 1 }, "must be a"],
  [z.union([z.string(), z.int()]), null, "has none of the forms that are taken here"],
  [
    z.discriminatedUnion("op", [
      z.strictObject({ op: z.literal("count") }),
      z.strictObject({ op: z.literal("adjust") }),
    ]),
    { op: "x" },
    "must be one of count, adjust",
  ],
  [z.strictObject({}), { colour: 1 }, "is not known here"],
  [z.string().refine(() => false), "x", "is not valid"],
  [z.string().refine(() => false, "must be a word of its own"), "x", "must be a word of its own"],
];

describe("what is wrong with a field", () => {
  it.each(CASES)("%# is said in words of our own", (schema, value, words) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) expect.fail("it was taken");
    expect(fieldErrors(parsed.error, "body").map(({ message }) => message)).toEqual([words]);
  });
});
