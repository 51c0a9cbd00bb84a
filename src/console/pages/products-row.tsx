/** One product among many. */
import type { Product } from "../../client/wire.ts";
import { availabilityNow } from "../availability.ts";
import { useComputedOf } from "../computed.ts";
import { shownMoney, shownNumber } from "../format.ts";
import { useLiveRow } from "../live-row.ts";
import { memo } from "../memo.ts";
import { productPath } from "../navigation.ts";
import { LiveValue } from "../parts/number.tsx";
import { StockState } from "../parts/state.tsx";
import type { Column } from "../parts/table.tsx";
import { Tile } from "../parts/tile.tsx";
import { Age } from "../parts/time.tsx";
import { stock } from "../stock.ts";

export const PRODUCT_COLUMNS: readonly Column[] = [
  { text: "Product" },
  { text: "Theme or kind", class: "group wide" },
  { text: "State" },
  { text: "On hand", class: "number wide" },
  { text: "Held", class: "number wide" },
  { text: "Available", class: "number" },
  { text: "Low below", class: "number wide widest" },
  { text: "Price", class: "aside number wide" },
  { text: "Changed", class: "aside number wide" },
];

export const ProductRow = memo(({ product }: { product: Product }) => {
  const { productId, name, attributes, kind, minimumStockLevel } = product;
  const { theme, year } = attributes;
  const { row, onHand, reserved, available } = useLiveRow(productId);
  const group = theme === undefined ? kind : String(theme);
  return (
    <tr ref={row}>
      <th scope="row">
        <div class="named">
          <Tile
            productId={productId}
            name={theme === undefined ? name : group}
            hasPicture={product.imageUrl !== null}
          />
          <span class="names">
            <a class="row-link" href={productPath(productId)} title={name}>
              {name}
            </a>
            <span class="soft small">{productId}</span>
          </span>
        </div>
      </th>
      <td class="group wide soft cut">
        {group} {year !== undefined && <span class="small">{String(year)}</span>}
      </td>
      <td>
        <LiveState product={product} />
      </td>
      <td class="number wide">
        <LiveValue of={onHand} />
      </td>
      <td class="number wide">
        <LiveValue of={reserved} isQuietAtZero />
      </td>
      <td class="number strong">
        <LiveValue of={available} />
      </td>
      <td class="number wide widest soft">{minimumStockLevel > 0 ? shownNumber(minimumStockLevel) : "–"}</td>
      <td class="aside number wide soft cut">
        <Price product={product} />
      </td>
      <td class="aside number wide soft">
        <Changed product={product} />
      </td>
    </tr>
  );
});

function LiveState({ product }: { product: Product }) {
  const numbers = stock.of(product.productId);
  const availability = useComputedOf(() => availabilityNow(product, numbers.value), [product]);
  const isBelow = useComputedOf(() => (numbers.value?.available ?? 0) < 0, [numbers]);
  return (
    <StockState
      availability={availability.value}
      available={isBelow.value ? -1 : undefined}
      status={product.status}
    />
  );
}

/** The market's, with its age, while it is fresh; else the catalog's. */
function Price({ product: { price, quote } }: { product: Product }) {
  const isFresh = quote !== null && !quote.stale;
  const money = isFresh ? quote : price;
  if (!money) return <>–</>;
  const text = shownMoney(money);
  return (
    <>
      <span title={text}>{text}</span>
      {isFresh && (
        <span class="small under">
          <Age at={quote.at} />
        </span>
      )}
    </>
  );
}

function Changed({ product }: { product: Product }) {
  const numbers = stock.of(product.productId);
  const atMs = useComputedOf(
    () => Math.max(numbers.value?.atMs ?? 0, Date.parse(product.updatedAt)),
    [product],
  );
  return <Age at={atMs.value} />;
}
