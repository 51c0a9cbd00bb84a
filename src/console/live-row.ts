/** The numbers of a product's row: a signal each, so that a change draws them alone; live while the row is on screen. */
import { useComputed, type ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { RefObject } from "preact";
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
    onHand: useComputed(() => numbers.value?.onHand),
    reserved: useComputed(() => numbers.value?.reserved),
    available: useComputed(() => numbers.value?.available),
  };
}
