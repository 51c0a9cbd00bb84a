/** What the tests of imports send and read. */
import { expect } from "vitest";
import { ADMIN, call, expectStatus, type Product } from "./api";

export interface Row {
  productId?: string;
  result?: string;
  version?: number;
  error?: { code: string; detail: string; errors: { path: string; code: string; message: string }[] };
}

export interface Summary {
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  errors: number;
}

export const NDJSON = "application/x-ndjson";
export const CSV = "text/csv";
export const JSON_ARRAY = "application/json";

/** Sends a file; answers a result per row, and the summary that must come last. */
export async function importFile(
  type: string,
  body: string | ReadableStream,
  more: Record<string, string> = {},
): Promise<{ rows: Row[]; summary: Summary; text: string; replayed: string | null }> {
  const answer = await call("POST /v1/products/import", {
    key: ADMIN,
    body,
    headers: { "Content-Type": type, ...more },
  });
  expectStatus(answer, 200);
  expect(answer.headers.get("Content-Type")).toMatch(/^application\/x-ndjson/);
  const lines = answer.text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Row & { summary?: Summary });
  const summary = lines.pop()?.summary;
  if (!summary) expect.fail(`no summary at the end of:\n${answer.text}`);
  const replayed = answer.headers.get("Idempotency-Replayed");
  return { rows: lines, summary, text: answer.text, replayed };
}

export function ndjson(rows: object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

export async function product(productId: string): Promise<Product> {
  const headers = { "Cache-Control": "no-cache" };
  return expectStatus(await call<Product>(`GET /v1/products/${productId}`, { headers }), 200);
}
