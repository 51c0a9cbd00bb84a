/** The lines of an order: a hold of a product each, and what became of it. */
import type { Order, Reservation, ReservationState } from "../../client/wire.ts";
import { productPath } from "../navigation.ts";
import { Value } from "../parts/number.tsx";
import { State } from "../parts/state.tsx";
import { Empty, Table, type Column } from "../parts/table.tsx";
import { Countdown } from "../parts/time.tsx";
import { HoldActions, type HoldActionsProps } from "./hold-actions.tsx";
import { ORDER_STATES } from "./order-state.ts";

const COLUMNS: readonly Column[] = [
  { text: "Product" },
  { text: "Location", class: "wide" },
  { text: "Asked for", class: "number wide" },
  { text: "Held", class: "number" },
  { text: "Confirmed", class: "number wide" },
  { text: "Released", class: "number wide widest" },
  { text: "Left" },
  { text: "Actions", class: "actions", isHidden: true },
];

export interface OrderLinesProps extends Pick<HoldActionsProps, "onDone" | "onFailure"> {
  order: Order;
}

export function OrderLines({ order: { orderId, reservations }, onDone, onFailure }: OrderLinesProps) {
  return (
    <section class="section" aria-labelledby="lines">
      <div class="section-head">
        <h2 id="lines">Lines</h2>
        <span class="soft">{reservations.length}</span>
      </div>
      {reservations.length === 0 ? (
        <div class="frame">
          <Empty>Nothing was held: there was too little of something, so the order has no lines.</Empty>
        </div>
      ) : (
        <Table caption={`Lines of ${orderId}`} columns={COLUMNS} kind="small two-lines">
          {reservations.map((hold) => (
            <Line key={hold.reservationId} hold={hold} onDone={onDone} onFailure={onFailure} />
          ))}
        </Table>
      )}
    </section>
  );
}

function Line({ hold, onDone, onFailure }: HoldActionsProps & { hold: Reservation }) {
  const { productId, locationId, quantity, held, confirmed, released, state } = hold;
  return (
    <tr>
      <th scope="row">
        <a class="plain strong" href={productPath(productId)}>
          {productId}
        </a>
        <span class="narrow small soft">{locationId}</span>
      </th>
      <td class="wide soft">{locationId}</td>
      <td class="number wide soft">
        <Value value={quantity} />
      </td>
      <td class="number">
        <Value value={held} isQuietAtZero />
        <span class="narrow small soft">held</span>
      </td>
      <td class="number wide">
        <Value value={confirmed} isQuietAtZero />
      </td>
      <td class="number wide widest">
        <Value value={released} isQuietAtZero />
      </td>
      <td class="tight">
        {state === "held" ? (
          <Countdown
            expiresAt={hold.expiresAt}
            createdAt={hold.createdAt}
            label={`The hold of ${productId}`}
          />
        ) : (
          <Ended state={state} />
        )}
      </td>
      <td class="actions">
        {state === "held" && <HoldActions hold={hold} onDone={onDone} onFailure={onFailure} />}
      </td>
    </tr>
  );
}

function Ended({ state }: { state: ReservationState }) {
  const { word, mark } = ORDER_STATES[state];
  return <State {...mark}>{word}</State>;
}
