/** One hold among those of all products. */
import type { ReservationListed } from "../../client/wire.ts";
import { memo } from "../memo.ts";
import { orderPath, productPath } from "../navigation.ts";
import { Value } from "../parts/number.tsx";
import type { Column } from "../parts/table.tsx";
import { Age, Countdown } from "../parts/time.tsx";
import { HoldActions, type HoldActionsProps } from "./hold-actions.tsx";

const COMMON: readonly Column[] = [
  { text: "Product" },
  { text: "Order", class: "wide" },
  { text: "Customer", class: "wide" },
  { text: "Location", class: "wide" },
];

export const HOLD_COLUMNS: readonly Column[] = [
  ...COMMON,
  { text: "Held", class: "number" },
  { text: "Left" },
  { text: "Actions", class: "actions", isHidden: true },
];

/** Of those that have ended. */
export const ENDED_COLUMNS: readonly Column[] = [
  ...COMMON,
  { text: "Units", class: "number" },
  { text: "Made", class: "number" },
];

export const HoldRow = memo(({ hold, onDone, onFailure }: HoldActionsProps) => {
  const { productId, orderId, customerId, locationId, quantity, reservationId, state, createdAt } = hold;
  const order =
    orderId === null ? (
      <span class="soft">No order</span>
    ) : (
      <a class="plain" href={orderPath(orderId)}>
        {orderId}
      </a>
    );
  return (
    <tr>
      <th scope="row">
        <a class="plain strong" href={productPath(productId)}>
          {productId}
        </a>
        <span class="narrow small">{order}</span>
      </th>
      <td class="wide cut">{order}</td>
      <td class="wide cut soft">{customerId ?? "–"}</td>
      <td class="wide soft cut">{locationId}</td>
      {state === "held" ? (
        <>
          <td class="number">
            <Value value={hold.held} />
            <span class="narrow small soft">held</span>
          </td>
          <td class="tight">
            <Countdown
              expiresAt={hold.expiresAt}
              createdAt={createdAt}
              label={`The hold of ${orderId ?? reservationId}`}
            />
          </td>
          <td class="actions">
            <HoldActions hold={hold} onDone={onDone} onFailure={onFailure} />
          </td>
        </>
      ) : (
        <Ended hold={hold} quantity={quantity} />
      )}
    </tr>
  );
});

function Ended({ hold: { createdAt }, quantity }: { hold: ReservationListed; quantity: number }) {
  return (
    <>
      <td class="number">
        <Value value={quantity} />
      </td>
      <td class="number soft">
        <Age at={createdAt} />
      </td>
    </>
  );
}
