/** The small words of the wire: ids, quantities, texts, times. */
import { z } from "@hono/zod-openapi";
import { LOCATION_ID, ORDER_ID, PRODUCT_ID } from "../../domain/ids";
import { MAX_QUANTITY } from "../../limits";
import { MAX_CUSTOMER_ID_CHARS, MAX_REASON_CHARS, MAX_REFERENCE_CHARS } from "../wire-limits";

export const productId = z
  .string()
  .regex(PRODUCT_ID, "must be 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit")
  .openapi({ example: "75192-1" });

export const locationId = z
  .string()
  .regex(LOCATION_ID, "must be 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit")
  .openapi({ example: "main" });

export const orderId = z
  .string()
  .regex(ORDER_ID, "must be 1 to 128 of A-Z a-z 0-9 . _ : -, beginning with a letter or digit")
  .openapi({ example: "ORD-12345" });

export const customerId = z
  .string()
  .min(1)
  .max(MAX_CUSTOMER_ID_CHARS)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, "must be printable");

export const quantity = z.int().min(1).max(MAX_QUANTITY);
export const nonNegative = z.int().min(0).max(MAX_QUANTITY);
export const version = z.int().min(0);

/** Texts are stored as text: no control characters but line breaks and tabs, no halves of surrogate pairs. */
export function text(maxChars: number) {
  return z.string().trim().min(1).max(maxChars).refine(isPlainText, "may not contain control characters");
}

export function isPlainText(value: string): boolean {
  return value.isWellFormed() && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value);
}

export const reason = text(MAX_REASON_CHARS);
export const reference = text(MAX_REFERENCE_CHARS);

export const moment = z
  .string()
  .datetime({ offset: true, message: "must be a time such as 2026-01-31T12:00:00Z" })
  .refine((value) => !Number.isNaN(Date.parse(value)), "is not a time that exists");

export const page = {
  limit: z.string(),
};
