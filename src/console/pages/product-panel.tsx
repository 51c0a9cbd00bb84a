/** What can be done with a product: beside the page where there is room, else in a sheet. */
import { useRef } from "preact/hooks";
import type { Product, Reservation, Stock } from "../../client/wire.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { laterPart } from "../later.tsx";
import { HoldForm } from "./product-hold-form.tsx";
import { useLocations, type Opened } from "./product-state.ts";

const FurtherForms = laterPart(() =>
  import("./product-further-forms.tsx").then(({ FurtherForms }) => FurtherForms),
);
/** Seldom wanted, and long. */
const EditProduct = laterPart(() => import("./product-edit.tsx").then(({ EditProduct }) => EditProduct));

export const ACTIONS = [
  { id: "hold", text: "Hold", key: "h" },
  { id: "count", text: "Count", key: "c" },
  { id: "receive", text: "Receive", key: "r" },
  { id: "transfer", text: "Transfer", key: "t" },
  { id: "correct", text: "Correct", key: undefined },
  { id: "edit", text: "Edit", key: undefined },
] as const;
export type ActionName = (typeof ACTIONS)[number]["id"];

export interface PanelProps {
  opened: Opened;
  action: ActionName;
  onAction: (action: ActionName) => void;
  isSheet: boolean;
  onSheet: (isSheet: boolean) => void;
  onHold: (hold: Reservation) => void;
  onStock: (stock: Stock) => void;
  onProduct: (product: Product) => void;
}

const TABS = ACTIONS.filter(({ id }) => id !== "edit").map(({ id, text }) => [id, text] as const);

export function ProductPanel(panel: PanelProps) {
  const { action, onAction, isSheet, onSheet, opened } = panel;
  const isEdit = action === "edit";
  const close = () => onSheet(false);
  return (
    <>
      <div class="panel-buttons">
        {TABS.map(([id, text]) => (
          <Button
            key={id}
            kind={id === "hold" ? "primary" : "plain"}
            onClick={() => {
              onAction(id);
              onSheet(true);
            }}
          >
            {text}
          </Button>
        ))}
      </div>
      <aside class="panel frame" aria-label="Change this product">
        {isEdit ? (
          <>
            <div class="panel-head">
              <h2>Edit</h2>
              <Button kind="quiet" icon="x" iconOnly onClick={() => onAction("hold")}>
                Close
              </Button>
            </div>
            <div class="panel-body">
              {!isSheet && <EditProduct opened={opened} onDone={panel.onProduct} />}
            </div>
          </>
        ) : (
          <Tabs label="Change this product" tabs={TABS} selected={action} onSelect={onAction}>
            <div class="panel-body">{!isSheet && <ActionForm {...panel} />}</div>
          </Tabs>
        )}
      </aside>
      {isSheet && (
        <Dialog title={ACTIONS.find(({ id }) => id === action)?.text ?? ""} isSheet onClose={close}>
          {isEdit ? (
            <EditProduct
              opened={opened}
              onDone={(product) => {
                panel.onProduct(product);
                close();
              }}
            />
          ) : (
            <ActionForm
              {...panel}
              onHold={(hold) => {
                panel.onHold(hold);
                close();
              }}
              onStock={(stock) => {
                panel.onStock(stock);
                close();
              }}
            />
          )}
        </Dialog>
      )}
    </>
  );
}

/** The others stay once they were wanted, and keep what was typed. */
function ActionForm({ action, opened, onHold, onStock }: PanelProps) {
  const wasWanted = useRef(false);
  if (action !== "hold") wasWanted.current = true;
  const locations = useLocations().map(({ locationId }) => locationId);
  const places = [
    ...new Set([...(opened.stock?.levels.map(({ locationId }) => locationId) ?? []), ...locations]),
  ];
  const common = { opened, places: places.length === 0 ? ["main"] : places };
  return (
    <>
      <div hidden={action !== "hold"}>
        <HoldForm {...common} onDone={onHold} />
      </div>
      {wasWanted.current && <FurtherForms {...common} action={action} onDone={onStock} />}
    </>
  );
}
