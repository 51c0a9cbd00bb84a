/** Events for crossings: each fires once, when the line is crossed, and never for merely being beyond it. */
import type { EventDraft } from "./events/event";
import { isLow, isOverstocked, type CatalogFields } from "./product";
import { totals, type Level } from "./level";

interface StockState {
  fields: CatalogFields;
  levels: readonly Level[];
}

export function crossings(before: StockState, after: StockState): EventDraft[] {
  const { onShelf: was, onHand: hadOnHand } = totals(before.levels);
  const { onShelf: is, onHand } = totals(after.levels);
  const wasLow = isLow(before.fields, before.levels);
  const low = isLow(after.fields, after.levels);
  const data = { available: is, minimumStockLevel: after.fields.minimumStockLevel };
  const drafts: EventDraft[] = [];
  if (!wasLow && low) drafts.push({ type: "stock.low", data, level: null });
  if (was > 0 && is <= 0) drafts.push({ type: "stock.depleted", data, level: null });
  if (was <= 0 && is > 0) drafts.push({ type: "stock.available", data, level: null });
  if (wasLow && !low) drafts.push({ type: "stock.recovered", data, level: null });
  const { maximumStockLevel } = after.fields;
  // A limit that is lowered brings nothing in: on hand has to rise.
  if (
    onHand > hadOnHand &&
    !isOverstocked(before.fields, before.levels) &&
    isOverstocked(after.fields, after.levels)
  )
    drafts.push({ type: "stock.overstocked", data: { onHand, maximumStockLevel }, level: null });
  return drafts;
}
