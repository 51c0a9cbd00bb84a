/** One order: what it holds of each product, for how long, and what there is too little of. */
import { useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { isProblem } from "../../client/problem.ts";
import type { Order, Reservation } from "../../client/wire.ts";
import { holdfast, usePolling } from "../connection.ts";
import type { Failure } from "../failure.ts";
import { shownCount, shownNumber, shownTime } from "../format.ts";
import { Back } from "../parts/back.tsx";
import { Button } from "../parts/button.tsx";
import { Figures } from "../parts/figures.tsx";
import { LoadFailure, Notice, PressFailure } from "../parts/notice.tsx";
import { Page, useHeading } from "../parts/page.tsx";
import { usePageActions } from "../parts/palette.tsx";
import { State } from "../parts/state.tsx";
import { Countdown } from "../parts/time.tsx";
import { usePressing } from "../pressing.ts";
import { useResource } from "../resource.ts";
import { toast } from "../saying.ts";
import { lacks } from "../session.ts";
import { stock } from "../stock.ts";
import { OrderLines } from "./order-lines.tsx";
import { ORDER_STATES, shortagesOf, sumsOf, withReservation } from "./order-state.ts";
import { useVersionRises } from "./product-state.ts";

export function OrderPage() {
  const { params } = useRoute();
  const id = params["orderId"] ?? "";
  const opened = useResource(`order ${id}`, async (signal) => {
    const order = await holdfast.orders.get(id, { signal });
    offerAll(order);
    return order;
  });
  const { data, error, reload } = opened;
  if (data) return <OpenOrder key={id} order={data} error={error} reload={reload} put={opened.put} />;
  if (isProblem(error, "order_not_found", "validation_failed"))
    return (
      <Page title="No such order">
        <p>
          Nothing was ever held for <code>{id}</code>, or this key may not see it.{" "}
          <a href={`/console/orders?q=${encodeURIComponent(id)}`}>Search for another</a>
        </p>
      </Page>
    );
  if (error !== undefined)
    return (
      <Page title={id}>
        <LoadFailure error={error} onRetry={reload} />
      </Page>
    );
  return (
    <div aria-busy="true">
      <Head id={id} />
      <span class="skeleton" style={{ width: "24rem", height: "40px" }} />
    </div>
  );
}

/** The numbers of its products, which are newer than what came before. */
function offerAll({ reservations }: Order): void {
  stock.show(...reservations.map(({ productId, inventory }) => ({ productId, ...inventory })));
}

interface OpenOrderProps {
  order: Order;
  /** Of the newest load. */
  error: unknown;
  reload: () => void;
  put: (change: (order: Order | undefined) => Order | undefined) => void;
}

function OpenOrder({ order, error, reload, put }: OpenOrderProps) {
  const { orderId, reservations, state, expiresAt } = order;
  const [failure, setFailure] = useState<Failure>();
  useVersionRises([...new Set(reservations.map(({ productId }) => productId))], reload);
  usePolling(reload, lacks("stock:read"));
  const failed = (refused: Failure) => {
    setFailure(refused);
    reload();
  };
  const sums = sumsOf(order);
  const createdAt = reservations.map((one) => one.createdAt).toSorted()[0];
  const customers = [...new Set(reservations.flatMap(({ customerId }) => customerId ?? []))];
  return (
    <>
      <Head id={orderId} customers={customers} createdAt={createdAt} state={state}>
        <WholeOrder
          order={order}
          onDone={(changed) => {
            setFailure(undefined);
            offerAll(changed);
            put(() => changed);
          }}
          onFailure={failed}
        />
      </Head>
      <Figures
        figures={[
          { name: "Held", value: shownNumber(sums.held) },
          { name: "Confirmed", value: shownNumber(sums.confirmed) },
          { name: "Released", value: shownNumber(sums.released) },
          ...(sums.returned > 0 ? [{ name: "Returned", value: shownNumber(sums.returned) }] : []),
          ...(sums.held > 0 && createdAt !== undefined
            ? [
                {
                  name: "Left",
                  value: (
                    <Countdown expiresAt={expiresAt} createdAt={createdAt} label={`The order ${orderId}`} />
                  ),
                },
              ]
            : []),
        ]}
      />
      {error !== undefined && <LoadFailure error={error} onRetry={reload} />}
      <PressFailure failure={failure} onDismiss={() => setFailure(undefined)} />
      <Short order={order} />
      <OrderLines
        order={order}
        onDone={(done: Reservation) => {
          setFailure(undefined);
          stock.show({ productId: done.productId, ...done.inventory });
          put((before) => before && withReservation(before, done));
          reload();
        }}
        onFailure={failed}
      />
    </>
  );
}

interface HeadProps {
  id: string;
  customers?: readonly string[];
  createdAt?: string | undefined;
  state?: Order["state"];
  children?: preact.ComponentChildren;
}

function Head({ id, customers = [], createdAt, state, children }: HeadProps) {
  const heading = useHeading(id);
  return (
    <header class="product-head order-head">
      <Back to="/console/orders">Orders</Back>
      <div class="named">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {id}
          </h1>
          <p class="facts soft">
            {customers.map((customer) => (
              <span key={customer}>{customer}</span>
            ))}
            {createdAt !== undefined && <span>Made {shownTime(Date.parse(createdAt))}</span>}
          </p>
        </div>
        <div class="end">
          {state && <State {...ORDER_STATES[state].mark}>{ORDER_STATES[state].word}</State>}
          {children}
        </div>
      </div>
    </header>
  );
}

interface WholeOrderProps {
  order: Order;
  onDone: (order: Order) => void;
  onFailure: (failure: Failure) => void;
}

/** A whole order is confirmed or not at all; the service sees to that. */
function WholeOrder({ order, onDone, onFailure }: WholeOrderProps) {
  const { orderId } = order;
  const { busy, press } = usePressing<"confirm" | "release">();
  const { held, lines } = sumsOf(order);
  const mayNot = lacks("reservations:write");
  const act = (verb: "confirm" | "release") =>
    press(verb, {
      send: (options) => holdfast.orders[verb](orderId, options),
      onDone: (changed) => {
        onDone(changed);
        toast(`${orderId} ${verb === "confirm" ? "confirmed" : "released"}: ${shownCount(held, "unit")}`);
      },
      onFailure,
    });
  usePageActions(
    [
      { text: "Confirm all", from: orderId, run: () => void act("confirm") },
      { text: "Release all", from: orderId, run: () => void act("release") },
    ],
    `${orderId} ${held}`,
  );
  if (held === 0) return null;
  return (
    <>
      {(["confirm", "release"] as const).map((verb) => (
        <Button
          key={verb}
          kind={verb === "confirm" ? "primary" : "plain"}
          busy={busy === verb}
          disabled={mayNot}
          title={
            mayNot
              ? "This key lacks the scope reservations:write"
              : `${shownCount(held, "unit")} in ${shownCount(lines, "hold")}`
          }
          onClick={() => void act(verb)}
        >
          {verb === "confirm" ? "Confirm all" : "Release all"}
        </Button>
      ))}
    </>
  );
}

/** What it holds more of than there is: after a count below what is held, say. */
function Short({ order }: { order: Order }) {
  const short = shortagesOf(order);
  if (short.length === 0) return null;
  return (
    <Notice kind="bad" title="There is too little on hand">
      {short.map(({ productId, missing }) => (
        <p key={productId}>
          {productId}: {shownCount(missing, "unit")} short. Not all that is held of it can be filled.
        </p>
      ))}
    </Notice>
  );
}
