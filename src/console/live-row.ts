/** The numbers of a product's row: a signal each, so that a change draws them alone; live while the row is on screen. */
import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { RefObject } from "preact";
import { useComputedOf } from "./computed.ts";
import { stock } from "./stock.ts";
import { wantWhileSeen } from "./watching.ts";

type LiveNumber = ReadonlySignal<number | undefined>;

export interface LiveRow {
  /** Of the row. */
  row: RefObject<HTMLTableRowElement | null>;
  onHand: LiveNumber;
  reserved: LiveNumber;
  available: LiveNumber;
}

export function useLiveRow(productId: string): LiveRow {
  const row = useRef<HTMLTableRowElement>(null);
  const numbers = stock.of(productId);
  useEffect(() => (row.current ? wantWhileSeen(row.current, productId) : undefined), [productId]);
  return {
    row,
    onHand: useComputedOf(() => numbers.value?.onHand, [numbers]),
    reserved: useComputedOf(() => numbers.value?.reserved, [numbers]),
    available: useComputedOf(() => numbers.value?.available, [numbers]),
  };
}
