/** What all schemas are made of: ids, quantities, texts, times, and the parameters that all lists share. */
import { collidingRouteWord, LOCATION_ID, ORDER_ID, PRODUCT_ID } from "../../domain/ids";
import * as limits from "../../limits";
import { PRINTABLE } from "../request/idempotency-key";
import * as wire from "../wire-limits";
import * as z from "../zod";

function idOf(pattern: RegExp, form: string, example: string) {
  return z.string().regex(pattern, `must be ${form}, beginning with a letter or digit`).openapi({ example });
}

export const productId = idOf(PRODUCT_ID, "1 to 64 of A-Z a-z 0-9 . _ -", "75192-1");
export const locationId = idOf(LOCATION_ID, "1 to 64 of A-Z a-z 0-9 . _ -", "main");
export const orderId = idOf(ORDER_ID, "1 to 128 of A-Z a-z 0-9 . _ : -", "ORD-12345");

export const productParams = z.strictObject({ productId });

/** Of a product about to be made: one that stands where a route has a word could never be reached. */
export const newProductId = productId.refine((id) => collidingRouteWord(id) === undefined, {
  error: ({ input }) => `is taken by the route word ${collidingRouteWord(String(input))}`,
});

/** Nothing that cannot be seen, and no space but the plain one: what looks like one customer is one. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{White_Space}/u;

export const customerId = z
  .string()
  .transform((id) => id.normalize("NFC").trim())
  .pipe(
    z
      .string()
      .min(1)
      .max(wire.MAX_CUSTOMER_ID_CHARS)
      .refine((id) => !UNSEEN.test(id), "may only have characters that can be seen"),
  )
  .openapi({
    type: "string",
    minLength: 1,
    maxLength: wire.MAX_CUSTOMER_ID_CHARS,
    description: "Trimmed and in Unicode's form NFC.",
  });

export const quantity = z.int().min(1).max(limits.MAX_QUANTITY);
export const nonNegative = z.int().min(0).max(limits.MAX_QUANTITY);
/** Of several places or holds together: it may pass what one may have. */
export const total = z.int().min(0);
export const version = z.int().min(0);

/** Trimmed, not empty, plain: no control characters but tabs and line breaks, no halves of pairs. */
export function text(maxChars: number) {
  return z.string().trim().min(1).max(maxChars).refine(isPlainText, PLAIN_TEXT);
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

export const PLAIN_TEXT = "must be well-formed Unicode without control characters";

export function isPlainText(value: string): boolean {
  return value.isWellFormed() && !CONTROL.test(value);
}

export const reason = text(wire.MAX_REASON_CHARS);
export const reference = text(wire.MAX_REFERENCE_CHARS);

export const timestamp = z.iso.datetime().openapi({ example: "2026-01-31T12:00:00.000Z" });

/** Of one row of a batch; `Idempotency-Key` is the same for a whole request. */
export const idempotencyKey = z
  .string()
  .min(1)
  .max(limits.MAX_IDEMPOTENCY_KEY_CHARS)
  .regex(PRINTABLE, "must be printable ASCII characters")
  .openapi({ example: "till-7-000123" });

/** Any RFC 3339 time in a query, as milliseconds. */
export const momentParam = z.iso
  .datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" })
  .transform((value) => Date.parse(value))
  .refine((ms) => !Number.isNaN(ms), "is not a time that exists")
  .openapi({ type: "string", format: "date-time" });

export const booleanParam = z.enum(["true", "false"]).transform((value) => value === "true");

export function intParam(minimum: number, maximum: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, "must be a whole number")
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, `must be ${minimum} to ${maximum}`)
    .openapi({ type: "integer", minimum, maximum });
}

/** With a value for who says nothing. */
export function intParamOr(fallback: number, minimum: number, maximum: number) {
  const known = { type: "integer" as const, minimum, maximum, default: fallback };
  return intParam(minimum, maximum).default(fallback).openapi(known);
}

export const limit = intParamOr(limits.DEFAULT_PAGE_SIZE, 1, limits.MAX_PAGE_SIZE);
export const cursor = z
  .maybe(z.string().min(1).max(wire.MAX_CURSOR_CHARS))
  .describe(
    "`nextCursor` of the page before, until it is null: a page that looked long for what its filters let through has " +
      "fewer items than asked for, or none, and still names the next.",
  );
export const pageParams = { limit, cursor };

/** For `refine`: one of two fields, and not both; what is wrong is said at `at`. */
export function either<Name extends string>(one: Name, other: Name, at: Name) {
  const wrong = {
    path: [at],
    params: { code: "contradiction" },
    error: `give ${one} or ${other}, and not both`,
  };
  const isOne = (body: { [N in Name]?: unknown }) =>
    (body[one] === undefined) !== (body[other] === undefined);
  return [isOne, wrong] as const;
}
