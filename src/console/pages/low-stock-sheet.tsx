/** What came in, or what was counted, of one product that is low. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { LowStock, Stock } from "../../client/wire.ts";
import { Dialog } from "../parts/dialog.tsx";
import { LoadFailure } from "../parts/notice.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { useResource } from "../resource.ts";
import { CountForm } from "./product-count.tsx";
import { ReceiveForm } from "./product-forms.tsx";
import { loadProduct, useLocations } from "./product-state.ts";

export type SheetAction = "receive" | "count";

const TABS = [
  ["receive", "Receive"],
  ["count", "Count"],
] as const;

export interface LowStockSheetProps {
  low: LowStock;
  action: SheetAction;
  onDone: (stock: Stock) => void;
  onClose: () => void;
}

export function LowStockSheet({ low, action, onDone, onClose }: LowStockSheetProps) {
  const { productId, name } = low;
  const [chosen, setChosen] = useState(action);
  const { data, error, reload } = useResource(`product ${productId}`, (signal) =>
    loadProduct(productId, false, signal),
  );
  const forms = useRef<HTMLDivElement>(null);
  useLayoutEffect(
    () => forms.current?.querySelector<HTMLElement>("div:not([hidden]) > form .input")?.focus(),
    [data !== undefined],
  );
  const locations = useLocations().map(({ locationId }) => locationId);
  const places = [...new Set([...low.levels.map(({ locationId }) => locationId), ...locations])];
  const common = data && { opened: data, places: places.length === 0 ? ["main"] : places, onDone };
  return (
    <Dialog title={name} isSheet onClose={onClose}>
      {error !== undefined && <LoadFailure error={error} onRetry={reload} />}
      <Tabs label="Change this product" tabs={TABS} selected={chosen} onSelect={setChosen}>
        {common === undefined ? (
          <div class="form" aria-busy="true">
            <span class="skeleton" style={{ height: "34px" }} />
            <span class="skeleton" style={{ height: "34px" }} />
          </div>
        ) : (
          <div ref={forms}>
            <div hidden={chosen !== "receive"}>
              <ReceiveForm {...common} />
            </div>
            <div hidden={chosen !== "count"}>
              <CountForm {...common} />
            </div>
          </div>
        )}
      </Tabs>
    </Dialog>
  );
}
