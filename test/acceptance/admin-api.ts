/** What the tests of administrators' batches say and read. */
import { expect } from "vitest";
import { ADMIN, call, expectStatus } from "./api";

export interface BatchRow {
  index: number;
  productId: string | null;
  success: boolean;
  newVersion?: number;
  version?: number;
  lastUpdated?: string;
  errorType?: string;
  errorMessage?: string;
  replayed?: boolean;
  status?: number;
  code?: string;
  detail?: string;
  errors?: { path: string }[];
}

export interface BatchAnswer {
  results: BatchRow[];
  summary: Record<string, number>;
}

export const CREATE = "POST /v1/admin/products/create";
export const SET = "PUT /v1/admin/products/set";
export const DELETE = "DELETE /v1/admin/products/delete";

export async function batch(request: string, products: unknown[], headers: Record<string, string> = {}) {
  const answer = await call<BatchAnswer>(request, { key: ADMIN, body: { products }, headers });
  const found = expectStatus(answer, 200);
  expect(found.results.map(({ index }) => index)).toEqual(products.map((_, index) => index));
  return found;
}

export const words = ({ results }: BatchAnswer) =>
  results.map(({ success, code }) => (success ? "done" : code));
