/** Orders: one is opened by its id; those that hold units now are listed, the soonest to expire first. */
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { usePolling } from "../connection.ts";
import { useEvents } from "../following.ts";
import { shownNumber } from "../format.ts";
import { orderPath } from "../navigation.ts";
import { Button } from "../parts/button.tsx";
import { SearchBox } from "../parts/search-box.tsx";
import { LoadFailure } from "../parts/notice.tsx";
import { Value } from "../parts/number.tsx";
import { Page } from "../parts/page.tsx";
import { Resort } from "../parts/resort.tsx";
import { Empty, SkeletonRows, Table, type Column } from "../parts/table.tsx";
import { Countdown } from "../parts/time.tsx";
import { useResource } from "../resource.ts";
import { lacks } from "../session.ts";
import { useSettled } from "../settled.ts";
import { holdOfEvent, readHoldChoice, shownHolds, withHolds } from "./holds-listing.ts";
import { loadHolds } from "./holds-loading.ts";
import { holdingOrders, type HoldingOrder } from "./order-state.ts";

const COLUMNS: readonly Column[] = [
  { text: "Order" },
  { text: "Customer", class: "wide" },
  { text: "Products", class: "number wide" },
  { text: "Held", class: "number" },
  { text: "Left" },
];

export function OrdersPage() {
  const { query, route } = useLocation();
  const { q = "" } = query;
  const choice = readHoldChoice({});
  // The same as on the page of holds, which is shown at once when one comes from there.
  const listing = useResource("holds  held ", (signal) => loadHolds(choice, signal));
  const { data, put } = listing;
  const followed = useEvents(listing.isOld ? undefined : data?.nextOffset, (events) => {
    const changed = events.flatMap((event) => holdOfEvent(event) ?? []);
    if (changed.length > 0) put((list) => list && withHolds(list, changed));
  });
  usePolling(listing.reload, lacks("events:read"));
  const found = holdingOrders(data ? shownHolds(data, choice) : []).filter(({ orderId, customerId }) =>
    [orderId, customerId].some((id) => id?.toLowerCase().includes(q.trim().toLowerCase())),
  );
  const orders = useSettled(found, ({ orderId }) => orderId, q);
  const error = listing.error ?? followed.error;
  return (
    <Page
      title="Orders"
      end={
        <OpenOrder
          words={q}
          onWords={(words) =>
            route(
              words === "" ? "/console/orders" : `/console/orders?${new URLSearchParams({ q: words })}`,
              true,
            )
          }
        />
      }
    >
      <div class="section-head">
        <h2>Holding units now</h2>
        {data && <span class="soft">{shownNumber(orders.rows.length)}</span>}
        {data?.isCut && <span class="soft">and more: open those by their ids</span>}
      </div>
      {error !== undefined && <LoadFailure error={error} onRetry={listing.reload} />}
      <Resort settled={orders} />
      {data && orders.rows.length === 0 ? (
        <NoOrders words={q.trim()} />
      ) : (
        (data !== undefined || listing.error === undefined) && (
          <div class={listing.isOld ? "is-old" : undefined} aria-busy={listing.isLoading ? "true" : "false"}>
            <Table caption="Orders that hold units" columns={COLUMNS} kind="list">
              {data ? (
                orders.rows.map((order) => <OrderRow key={order.orderId} order={order} />)
              ) : (
                <SkeletonRows columns={COLUMNS} />
              )}
            </Table>
          </div>
        )
      )}
    </Page>
  );
}

/** Narrows the list as one types; Enter opens the order with this very id. */
function OpenOrder({ words, onWords }: { words: string; onWords: (words: string) => void }) {
  const { route } = useLocation();
  const [typed, setTyped] = useState(words);
  return (
    <form
      class="open-order"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim() !== "") route(orderPath(typed.trim()));
      }}
    >
      <SearchBox label="Order id" placeholder="Order id" words={words} onWords={onWords} onTyped={setTyped} />
      <Button type="submit">Open</Button>
    </form>
  );
}

function OrderRow({ order: { orderId, customerId, products, held, first } }: { order: HoldingOrder }) {
  return (
    <tr>
      <th scope="row">
        <div class="named">
          <span class="names">
            <a class="row-link" href={orderPath(orderId)}>
              {orderId}
            </a>
            {customerId !== null && <span class="narrow small soft">{customerId}</span>}
          </span>
        </div>
      </th>
      <td class="wide soft cut">{customerId ?? "–"}</td>
      <td class="number wide">
        <Value value={products} />
      </td>
      <td class="number strong">
        <Value value={held} />
      </td>
      <td class="tight">
        <Countdown expiresAt={first.expiresAt} createdAt={first.createdAt} label={`The order ${orderId}`} />
      </td>
    </tr>
  );
}

function NoOrders({ words }: { words: string }) {
  const { route } = useLocation();
  if (words === "")
    return (
      <div class="frame">
        <Empty>
          No order holds units now. Orders appear here while they wait to be paid; any other is opened by its
          id.
        </Empty>
      </div>
    );
  return (
    <div class="frame">
      <Empty
        action={
          <div class="buttons">
            <Button kind="primary" onClick={() => route(orderPath(words))}>
              Open {words}
            </Button>
            <Button onClick={() => route("/console/orders", true)}>Clear search</Button>
          </div>
        }
      >
        No order that holds units now matches “{words}”. One that was confirmed or released is opened by its
        whole id.
      </Empty>
    </div>
  );
}
