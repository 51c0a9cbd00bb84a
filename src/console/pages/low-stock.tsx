/** Products below their minimum, the worst first; what came in or was counted is written into the row's sheet. */
import { useEffect, useRef, useState } from "preact/hooks";
import { metaOf } from "../../client/client.ts";
import type { LowStock, Stock } from "../../client/wire.ts";
import { now } from "../clock.ts";
import { holdfast, usePolling } from "../connection.ts";
import { useEvents } from "../following.ts";
import { shownNumber } from "../format.ts";
import { useLiveRow } from "../live-row.ts";
import { memo } from "../memo.ts";
import { productPath } from "../navigation.ts";
import { Button } from "../parts/button.tsx";
import { LoadMore } from "../parts/load-more.tsx";
import { LoadFailure } from "../parts/notice.tsx";
import { LiveValue, Value } from "../parts/number.tsx";
import { Page } from "../parts/page.tsx";
import { Resort } from "../parts/resort.tsx";
import { State, StockState } from "../parts/state.tsx";
import { Empty, SkeletonRows, Table, type Column } from "../parts/table.tsx";
import { useResource } from "../resource.ts";
import { lacks } from "../session.ts";
import { useSettled } from "../settled.ts";
import { numbersOf, stock } from "../stock.ts";
import { LowStockSheet, type SheetAction } from "./low-stock-sheet.tsx";
import { shortfallNow, sortedByShortfall } from "./low-stock-order.ts";

const COLUMNS: readonly Column[] = [
  { text: "Product" },
  { text: "State", class: "wide" },
  { text: "Short by", class: "number" },
  { text: "On hand", class: "number wide" },
  { text: "Held", class: "number wide" },
  { text: "Available", class: "number" },
  { text: "Low below", class: "number wide" },
  { text: "Actions", class: "actions", isHidden: true },
];

interface LowList {
  items: LowStock[];
  nextCursor: string | null;
  nextOffset: number | undefined;
}

/** Crossings of the minimum come in with others; the list is asked again a moment later. */
const RELOAD_AFTER_MS = 1000;

async function load(signal?: AbortSignal, cursor?: string): Promise<LowList> {
  const query = { limit: 100, ...(cursor !== undefined && { cursor }) };
  const page = await holdfast.stock.lowStock(query, signal ? { signal } : {});
  stock.show(...page.items.map(numbersOf));
  const { bookOffset } = metaOf(page);
  return { ...page, nextOffset: bookOffset === undefined ? undefined : bookOffset + 1 };
}

export function LowStockPage() {
  const listing = useResource("low stock", (signal) => load(signal));
  const { data, reload } = listing;
  const [opened, setOpened] = useState<{ low: LowStock; action: SheetAction }>();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEvents(listing.isOld ? undefined : data?.nextOffset, (events) => {
    if (!events.some(({ type }) => type === "stock.low" || type === "stock.recovered")) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      reload();
    }, RELOAD_AFTER_MS);
  });
  usePolling(reload, lacks("events:read"));
  // Once a second is often enough to say that rows are out of order.
  void now.value;
  const sorted = data ? sortedByShortfall(data.items, (id) => stock.of(id).peek()) : [];
  const rows = useSettled(sorted, ({ productId }) => productId, "");
  return (
    <Page
      title="Low stock"
      count={data && `${shownNumber(data.items.length)}${data.nextCursor === null ? "" : " and more"}`}
    >
      {listing.error !== undefined && <LoadFailure error={listing.error} onRetry={reload} />}
      <Resort settled={rows} />
      {data?.items.length === 0 ? (
        <Empty action={<a href="/">Products</a>}>
          Nothing is low. A product whose available units fall below its “low below” appears here, the worst
          first.
        </Empty>
      ) : (
        (data !== undefined || listing.error === undefined) && (
          <div class={listing.isOld ? "is-old" : undefined} aria-busy={listing.isLoading ? "true" : "false"}>
            <Table caption="Products below their minimum" columns={COLUMNS} kind="list two-lines">
              {data ? (
                rows.rows.map((low) => <Row key={low.productId} low={low} onAct={setOpened} />)
              ) : (
                <SkeletonRows columns={COLUMNS} rows={12} />
              )}
            </Table>
          </div>
        )
      )}
      {data?.nextCursor != null && !listing.isOld && (
        <LoadMore
          load={() => load(undefined, data.nextCursor ?? undefined)}
          onLoaded={({ items, nextCursor }) =>
            listing.put((shown) => shown && { ...shown, items: [...shown.items, ...items], nextCursor })
          }
        />
      )}
      {opened && (
        <LowStockSheet
          {...opened}
          onClose={() => setOpened(undefined)}
          onDone={(answer: Stock) => {
            stock.show(numbersOf(answer));
            setOpened(undefined);
          }}
        />
      )}
    </Page>
  );
}

interface RowProps {
  low: LowStock;
  onAct: (opened: { low: LowStock; action: SheetAction }) => void;
}

const Row = memo(({ low, onAct }: RowProps) => {
  const { productId, name, minimumStockLevel } = low;
  const { row, onHand, reserved, available } = useLiveRow(productId);
  return (
    <tr ref={row}>
      <th scope="row">
        <div class="named">
          <span class="names">
            <a class="row-link" href={productPath(productId)} title={name}>
              {name}
            </a>
            <span class="soft small">{productId}</span>
          </span>
        </div>
      </th>
      <td class="wide">
        <LowState low={low} />
      </td>
      <td class="number">
        <Short low={low} />
        <span class="narrow small soft">short</span>
      </td>
      <td class="number wide">
        <LiveValue of={onHand} />
      </td>
      <td class="number wide">
        <LiveValue of={reserved} isQuietAtZero />
      </td>
      <td class="number strong">
        <LiveValue of={available} />
        <span class="narrow small soft">available</span>
      </td>
      <td class="number wide soft">{shownNumber(minimumStockLevel)}</td>
      <td class="actions">
        <div class="buttons">
          <Button size="compact" onClick={() => onAct({ low, action: "receive" })}>
            Receive<span class="sr"> {name}</span>
          </Button>
          <Button size="compact" kind="quiet" onClick={() => onAct({ low, action: "count" })}>
            Count<span class="sr"> {name}</span>
          </Button>
        </div>
      </td>
    </tr>
  );
});

function Short({ low }: { low: LowStock }) {
  return <Value value={shortfallNow(low, stock.of(low.productId).value)} isQuietAtZero />;
}

function LowState({ low }: { low: LowStock }) {
  const numbers = stock.of(low.productId).value;
  if (shortfallNow(low, numbers) === 0)
    return (
      <State shape="ring" tone="good">
        Recovered
      </State>
    );
  const { available } = numbers ?? low;
  return <StockState availability={available > 0 ? "low_stock" : "out_of_stock"} available={available} />;
}
