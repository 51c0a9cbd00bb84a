/** What is held of a product, counting down; each can be confirmed, released or given more time. */
import { useState } from "preact/hooks";
import type { Failure } from "../failure.ts";
import { orderPath } from "../navigation.ts";
import { LoadFailure, PressFailure } from "../parts/notice.tsx";
import { Value } from "../parts/number.tsx";
import { Empty, SkeletonRows, Table, type Column } from "../parts/table.tsx";
import { Countdown } from "../parts/time.tsx";
import { HoldActions, type HoldActionsProps } from "./hold-actions.tsx";
import type { Holds } from "./product-state.ts";

const COLUMNS: readonly Column[] = [
  { text: "Order" },
  { text: "Location", class: "wide" },
  { text: "Held", class: "number" },
  { text: "Left" },
  { text: "Actions", class: "actions", isHidden: true },
];

export function HoldsSection({
  productId,
  holds: { holds, error, reload, note },
}: {
  productId: string;
  holds: Holds;
}) {
  const [failure, setFailure] = useState<Failure>();
  return (
    <section class="section" aria-labelledby="holds">
      <div class="section-head">
        <h2 id="holds">Holds</h2>
        {holds && holds.length > 0 && <span class="soft">{holds.length}</span>}
      </div>
      {error !== undefined && <LoadFailure error={error} onRetry={reload} />}
      <PressFailure failure={failure} onDismiss={() => setFailure(undefined)} />
      {holds?.length === 0 ? (
        <div class="frame">
          <Empty>Nothing is held. Units set aside for a cart appear here and count down.</Empty>
        </div>
      ) : (
        (holds !== undefined || error === undefined) && (
          <Table caption={`Holds of ${productId}`} kind="small two-lines" columns={COLUMNS}>
            {holds ? (
              holds.map((hold) => (
                <HoldRow
                  key={hold.reservationId}
                  hold={hold}
                  onDone={(done) => {
                    setFailure(undefined);
                    note(done);
                  }}
                  onFailure={(failed) => {
                    setFailure(failed);
                    reload();
                  }}
                />
              ))
            ) : (
              <SkeletonRows columns={COLUMNS} rows={2} />
            )}
          </Table>
        )
      )}
    </section>
  );
}

function HoldRow({ hold, onDone, onFailure }: HoldActionsProps) {
  const { orderId, customerId, held, reservationId } = hold;
  return (
    <tr>
      <th scope="row">
        {orderId === null ? (
          <span class="soft">No order</span>
        ) : (
          <a class="plain" href={orderPath(orderId)}>
            {orderId}
          </a>
        )}
        {customerId !== null && <span class="soft small under">{customerId}</span>}
      </th>
      <td class="wide soft">{hold.locationId}</td>
      <td class="number">
        <Value value={held} />
      </td>
      <td>
        <Countdown
          expiresAt={hold.expiresAt}
          createdAt={hold.createdAt}
          label={`The hold of ${orderId ?? reservationId}`}
        />
      </td>
      <td class="actions">
        <HoldActions hold={hold} onDone={onDone} onFailure={onFailure} />
      </td>
    </tr>
  );
}
