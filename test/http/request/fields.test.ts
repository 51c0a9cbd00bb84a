import * as z from "../../../src/http/zod";
import { describe, expect, it } from "vitest";
import { fieldErrors } from "../../../src/http/request/fields";
import { reserveBody } from "../../../src/http/reservations/schemas";

function errorsOf(schema: z.ZodType, value: unknown) {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : fieldErrors(parsed.error, "body");
}

describe("bad fields", () => {
  it("are all listed, by their place", () => {
    const schema = z.strictObject({
      lines: z.array(z.strictObject({ quantity: z.int().min(1) })),
      name: z.string(),
    });
    const errors = errorsOf(schema, {
      lines: [{ quantity: 0 }, { quantity: 1, colour: "red" }],
      extra: 1,
      more: 2,
    });
    expect(errors.map(({ path, code }) => [path, code])).toEqual([
      ["body.lines[0].quantity", "too_small"],
      ["body.lines[1].colour", "unknown_field"],
      ["body.name", "invalid_type"],
      ["body.extra", "unknown_field"],
      ["body.more", "unknown_field"],
    ]);
  });

  it("of a reserve: one way of naming places, small metadata, a whole id to supersede", () => {
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`);
    const paths = (value: object) => errorsOf(reserveBody, { quantity: 1, ...value }).map(({ path }) => path);
    expect(paths({ locationId: "a", locationIds: ["b"] })).toEqual(["body.locationIds"]);
    expect(paths({ metadata: { text: "x".repeat(4096) } })).toEqual(["body.metadata"]);
    expect(paths({ metadata: deep })).toEqual(["body.metadata"]);
    expect(paths({ metadata: [] })).toEqual(["body.metadata"]);
    expect(paths({ metadata: { text: "é".repeat(2040) } })).toEqual(["body.metadata"].slice(0, 0));
    expect(paths({ metadata: { text: "é".repeat(2048) } })).toEqual(["body.metadata"]);
    expect(paths({ supersedes: "P~1" })).toEqual(["body.supersedes"]);
    expect(paths({ customerId: "a\u0000b" })).toEqual(["body.customerId"]);
  });
});
