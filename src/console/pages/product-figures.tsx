/** The numbers of a product, and its state, as they are at this moment. */
import type { Product } from "../../client/wire.ts";
import { availabilityNow } from "../availability.ts";
import { useComputedOf } from "../computed.ts";
import { shownNumber } from "../format.ts";
import { Figures } from "../parts/figures.tsx";
import { LiveValue } from "../parts/number.tsx";
import { StockState } from "../parts/state.tsx";
import { stock } from "../stock.ts";
import type { Opened } from "./product-state.ts";

export function ProductFigures({ opened: { product, stock: read } }: { opened: Opened }) {
  const numbers = stock.of(product.productId);
  const available = useComputedOf(() => numbers.value?.available, [numbers]);
  const onHand = useComputedOf(() => numbers.value?.onHand, [numbers]);
  const reserved = useComputedOf(() => numbers.value?.reserved, [numbers]);
  const version = useComputedOf(() => numbers.value?.version ?? product.version, [product]);
  const { minimumStockLevel, maximumStockLevel } = product;
  const [safety, backorder] = [read?.safetyStock ?? 0, read?.backorderLimit ?? 0];
  return (
    <Figures
      figures={[
        { name: "Available", value: <LiveValue of={available} /> },
        { name: "On hand", value: <LiveValue of={onHand} /> },
        { name: "Held", value: <LiveValue of={reserved} /> },
        ...(safety > 0 ? [{ name: "Safety", value: shownNumber(safety) }] : []),
        ...(backorder > 0 ? [{ name: "Backorder up to", value: shownNumber(backorder) }] : []),
        { name: "Low below", value: minimumStockLevel > 0 ? shownNumber(minimumStockLevel) : "–" },
        ...(maximumStockLevel === null
          ? []
          : [{ name: "High above", value: shownNumber(maximumStockLevel) }]),
        { name: "Version", value: <LiveValue of={version} /> },
      ]}
    />
  );
}

export function ProductStateMark({ product }: { product: Product }) {
  const numbers = stock.of(product.productId);
  return (
    <StockState
      availability={availabilityNow(product, numbers.value)}
      available={numbers.value?.available}
      status={product.status}
    />
  );
}
