/** What the tests of bulk requests say and read: the request, its rows, and how each fared. */
import { expect } from "vitest";
import { call, expectStatus, stock, type CallOptions, type Reservation, type Stock } from "./api";

export interface BulkRow {
  index: number;
  op: string | null;
  productId: string | null;
  applied: boolean;
  changed?: boolean;
  replayed?: boolean;
  version?: number;
  result?: Stock & Reservation & { releasedQuantity: number };
  status?: number;
  code?: string;
  detail?: string;
  errors?: { path: string; code: string }[];
  expected?: number;
  current?: number;
  locationId?: string;
}

export interface BulkAnswer {
  results: BulkRow[];
  summary: { total: number; applied: number; changed: number; failed: number; skipped: number };
}

export const BULK = "POST /v1/inventory/bulk";

export async function bulk(
  operations: unknown[],
  onError?: string,
  options: CallOptions = {},
): Promise<BulkAnswer> {
  const body = { operations, ...(onError !== undefined && { onError }) };
  const answer = await call<BulkAnswer>(BULK, { body, ...options });
  const { results, summary } = expectStatus(answer, 200);
  expect(results.map(({ index }) => index)).toEqual(operations.map((_, index) => index));
  expect(summary.total).toBe(operations.length);
  expect(summary.applied + summary.failed + summary.skipped).toBe(operations.length);
  return { results, summary };
}

export const receipt = (productId: string, delta: number) => ({
  op: "adjust",
  productId,
  delta,
  type: "receipt",
  reason: "delivered",
});
export const sale = (productId: string, units: number) => ({
  ...receipt(productId, -units),
  type: "sale",
  reason: "sold",
});
export const taken = (productId: string, newQuantity: number) => ({
  op: "count",
  productId,
  newQuantity,
  reason: "stock take",
});

export const onHand = async (productId: string) => (await stock(productId)).onHand;

/** `applied`, or the code of what went wrong, for each row. */
export const words = ({ results }: BulkAnswer) =>
  results.map(({ applied, code }) => (applied ? "applied" : code));
