/** How the stock of a product moved: the chart of what was on hand, and the trail with reasons. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { Movement, Product, Stock } from "../../client/wire.ts";
import { serviceNow } from "../clock.ts";
import { holdfast } from "../connection.ts";
import { shownChange, shownNumber } from "../format.ts";
import { laterPart } from "../later.tsx";
import { Button } from "../parts/button.tsx";
import type { Point } from "../parts/chart.tsx";
import { LoadFailure } from "../parts/notice.tsx";
import { Empty, SkeletonRows, Table, type Column } from "../parts/table.tsx";
import { Age } from "../parts/time.tsx";
import { useResource } from "../resource.ts";

const Chart = laterPart(() => import("../parts/chart.tsx").then(({ Chart }) => Chart));

const COLUMNS: readonly Column[] = [
  { text: "Type" },
  { text: "Change", class: "number" },
  { text: "After", class: "number" },
  { text: "Reason" },
  { text: "Location", class: "wide" },
  { text: "Actor", class: "wide widest" },
  { text: "When", class: "number" },
];
const PAGE_SIZE = 100;

interface Trail {
  items: Movement[];
  nextCursor: string | null;
}

export interface MovementsProps {
  product: Product;
  stock: Stock | undefined;
  /** Counts what calls for another look. */
  rises: number;
  /** Between the chart and the trail. */
  children: ComponentChildren;
}

export function MovementsSection({ product, stock, rises, children }: MovementsProps) {
  const { productId, name, minimumStockLevel } = product;
  const read = (cursor?: string) =>
    holdfast.stock.movements(productId, { limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) });
  const trail = useResource<Trail>(`movements ${productId}`, () => Promise.resolve(read()));
  useEffect(() => {
    if (rises > 0) trail.reload();
  }, [rises]);
  const { data } = trail;
  const points = useMemo(() => (data && stock ? onHandPoints(data.items, stock) : []), [data, stock]);
  const more = async () => {
    const next = await read(data?.nextCursor ?? undefined);
    trail.put((shown) => shown && { items: [...shown.items, ...next.items], nextCursor: next.nextCursor });
  };
  return (
    <>
      {points.length > 1 && stock && (
        <section class="section" aria-labelledby="on-hand">
          <div class="section-head">
            <h2 id="on-hand">On hand</h2>
          </div>
          <div class="frame">
            <Chart
              label={`On hand of ${name} over ${points.length - 1} movements: now ${shownNumber(stock.onHand)}`}
              points={points}
              kind="step"
              unit="On hand"
              show={shownNumber}
              {...(minimumStockLevel > 0 && { limit: minimumStockLevel })}
            />
          </div>
        </section>
      )}
      {children}
      <section class="section" aria-labelledby="movements">
        <div class="section-head">
          <h2 id="movements">Movements</h2>
        </div>
        {trail.error !== undefined && <LoadFailure error={trail.error} onRetry={trail.reload} />}
        {data?.items.length === 0 ? (
          <div class="frame">
            <Empty>
              Nothing has moved yet. Receipts, sales, counts and corrections appear here with their reasons.
            </Empty>
          </div>
        ) : (
          (data !== undefined || trail.error === undefined) && (
            <Table caption={`Movements of ${productId}`} columns={COLUMNS}>
              {data ? (
                data.items.map((one) => <Row key={one.movementId} movement={one} />)
              ) : (
                <SkeletonRows columns={COLUMNS} rows={4} />
              )}
            </Table>
          )
        )}
        {data?.nextCursor != null && (
          <p class="load-more">
            <Button onClick={() => void more()}>Load 100 more</Button>
          </p>
        )}
      </section>
    </>
  );
}

function Row({ movement }: { movement: Movement }) {
  const { type, delta, after, reason, reference, orderId, locationId, toLocationId, actor, adjustedBy } =
    movement;
  return (
    <tr>
      <th scope="row">{type}</th>
      <td class={delta > 0 ? "number came" : "number"}>{shownChange(delta)}</td>
      <td class="number">{shownNumber(after)}</td>
      <td class="soft reason">
        {[reason, reference, orderId && `order ${orderId}`].filter(Boolean).join(" · ")}
      </td>
      <td class="wide soft">
        {toLocationId === undefined ? locationId : `${locationId} to ${toLocationId}`}
      </td>
      <td class="wide widest soft">{adjustedBy ?? <code>{actor}</code>}</td>
      <td class="number soft">
        <Age at={movement.at} />
      </td>
    </tr>
  );
}

/** What was on hand at all places together, reckoned back from now. A transfer moves nothing in or out. */
function onHandPoints(movements: readonly Movement[], { onHand, updatedAt }: Stock): Point[] {
  const points: Point[] = [{ atMs: Math.max(Date.parse(updatedAt), serviceNow()), value: onHand }];
  let value = onHand;
  for (const { at, delta, type } of movements) {
    if (type === "transfer") continue;
    points.push({ atMs: Date.parse(at), value });
    value -= delta;
  }
  const oldest = points.at(-1);
  if (oldest && points.length > 1) points.push({ atMs: oldest.atMs, value });
  return points.toReversed();
}
