/** Pages of one product: as it is in the catalog, as a set, as an asset. */
import type { Child } from "hono/jsx";
import { assetViewOf } from "./asset-view";
import { htmlOf } from "./page";
import { attributeRows, Description, Facts, Picture, Price, ProductHead, Time } from "./parts";
import { setViewOf } from "./set-view";
import { textIn, type ShownProduct } from "./shown-product";
import { grouped, moneyText, percentText } from "./text";

interface Shown {
  product: ShownProduct;
  /** Of the page: only pictures of the same are shown. */
  url: URL;
}

function asJson({ pathname }: URL): string {
  return `${pathname}?format=json`;
}

export function productPage({ product, url }: Shown): string {
  const { kind, attributes, barcode, maxPerCustomer, status, source } = product;
  const rows: [string, Child][] = [["Product", product.productId], ["Kind", kind], ...attributeRows(product)];
  if (barcode !== null) rows.push(["Barcode", barcode]);
  if (maxPerCustomer !== null) rows.push(["At most for one customer", grouped(maxPerCustomer)]);
  if (source !== null) rows.push(["Source", `${source.name} ${source.externalId}`]);
  if (status !== "active") rows.push(["Status", status]);
  rows.push(["Entry changed", <Time at={product.updatedAt} />]);
  const facts = ["theme", "year", "symbol"].flatMap((name) => textIn(attributes[name]) ?? []);
  return htmlOf({
    title: product.name,
    json: asJson(url),
    children: (
      <article>
        <ProductHead product={product} facts={facts} />
        <Price product={product} />
        <Picture product={product} origin={url.origin} />
        <Description product={product} />
        <Facts rows={rows} />
      </article>
    ),
  });
}

export function setPage({ product, url, setId }: Shown & { setId: string }): string {
  const { pieces, theme, year } = setViewOf(setId, product);
  const known = (value: string | number | null) => value ?? "unknown";
  const rows: [string, Child][] = [
    ["Set", product.productId],
    ["Theme", known(theme)],
    ["Year", known(year)],
    ["Pieces", pieces === null ? "unknown" : grouped(pieces)],
    ...attributeRows(product, ["theme", "year", "pieces"]),
  ];
  if (product.barcode !== null) rows.push(["Barcode", product.barcode]);
  const facts = [theme, year, pieces === null ? null : `${grouped(pieces)} pieces`];
  return htmlOf({
    title: product.name,
    json: asJson(url),
    children: (
      <article>
        <ProductHead product={product} facts={facts.filter((fact) => fact !== null)} />
        <Price product={product} />
        <Picture product={product} origin={url.origin} />
        <Description product={product} />
        <Facts rows={rows} />
      </article>
    ),
  });
}

export function assetPage({ product, url }: Shown): string {
  const { symbol, status, created_at, updated_at } = assetViewOf(product);
  const { quote } = product;
  const rows: [string, Child][] = [
    ["Asset", product.productId],
    ["Symbol", symbol ?? "none"],
    ["Status", STATUS_TEXT[status]],
    ...attributeRows(product, ["symbol"]),
    ["Here since", <Time at={created_at} />],
    ["Changed", <Time at={updated_at} />],
  ];
  const amount = (decimal: string | null) =>
    decimal === null || quote === null ? "unknown" : moneyText({ amount: decimal, currency: quote.currency });
  return htmlOf({
    title: product.name,
    json: asJson(url),
    children: (
      <article>
        <ProductHead product={product} facts={symbol === null ? [] : [symbol]} />
        <Price product={product}>
          {quote && (
            <>
              <Change percent={quote.change24hPercent} />
              <div>
                <dt>Market cap</dt>
                <dd>{amount(quote.marketCap)}</dd>
              </div>
              <div>
                <dt>Traded in 24 h</dt>
                <dd>{amount(quote.volume24h)}</dd>
              </div>
            </>
          )}
        </Price>
        <Picture product={product} origin={url.origin} />
        <Description product={product} />
        <Facts rows={rows} />
      </article>
    ),
  });
}

export const STATUS_TEXT = { ACTIVE: "Active", INACTIVE: "Inactive", SUSPENDED: "Suspended" } as const;

function Change({ percent }: { percent: string | null }) {
  return (
    <div>
      <dt>In 24 h</dt>
      <dd>{percent === null ? "unknown" : percentText(percent)}</dd>
    </div>
  );
}
