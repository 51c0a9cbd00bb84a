/** Pages of one product: as it is in the catalog, as a set, as an asset. */
import { assetViewOf } from "./asset-view";
import { htmlOf } from "./page";
import {
  attributeRows,
  Description,
  Facts,
  Figure,
  furtherRows,
  Picture,
  Price,
  ProductHead,
  State,
  Time,
  type Row,
} from "./parts";
import { setViewOf } from "./set-view";
import { currentPrice, textIn, type ShownProduct } from "./shown-product";
import { grouped, percentText, wholeText } from "./text";

interface Shown {
  product: ShownProduct;
  /** Of the page: only pictures of the same are shown. */
  url: URL;
}

function asJson({ pathname }: URL): string {
  return `${pathname}?format=json`;
}

export function productPage({ product, url }: Shown): string {
  const { kind, attributes, maxPerCustomer, status, source } = product;
  const rows: Row[] = [["Product", product.productId], ["Kind", kind], ...attributeRows(product)];
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
        <ProductHead product={product} facts={facts} state={<State availability={product.availability} />} />
        <Picture product={product} origin={url.origin} />
        <Price product={product} current={currentPrice(product)} />
        <Description product={product} />
        <Facts rows={[...rows, ...furtherRows(product, url.origin)]} />
      </article>
    ),
  });
}

export function setPage({ product, url, setId }: Shown & { setId: string }): string {
  const { pieces, theme, year } = setViewOf(setId, product);
  const known = (value: string | number | null) => value ?? "Unknown";
  const rows: Row[] = [
    ["Set", product.productId],
    ["Theme", known(theme)],
    ["Year", known(year)],
    ["Pieces", pieces === null ? "Unknown" : grouped(pieces)],
    ...attributeRows(product, ["theme", "year", "pieces"]),
  ];
  const facts = [theme, year, pieces === null ? null : `${grouped(pieces)} pieces`];
  return htmlOf({
    title: product.name,
    json: asJson(url),
    children: (
      <article>
        <ProductHead
          product={product}
          facts={facts.filter((fact) => fact !== null)}
          state={<State availability={product.availability} />}
        />
        <Picture product={product} origin={url.origin} />
        <Price product={product} current={currentPrice(product)} />
        <Description product={product} />
        <Facts rows={[...rows, ...furtherRows(product, url.origin)]} />
      </article>
    ),
  });
}

export function assetPage({ product, url }: Shown): string {
  const { symbol, status, created_at, updated_at } = assetViewOf(product);
  const { quote } = product;
  const rows: Row[] = [
    ["Asset", product.productId],
    ["Symbol", symbol ?? "None"],
    ...attributeRows(product, ["symbol"]),
    ["Here since", <Time at={created_at} />],
    ["Changed", <Time at={updated_at} />],
  ];
  return htmlOf({
    title: product.name,
    json: asJson(url),
    children: (
      <article>
        <ProductHead
          product={product}
          facts={symbol === null ? [] : [symbol]}
          state={<span class="soft">{STATUS_TEXT[status]}</span>}
        />
        <Picture product={product} origin={url.origin} />
        <Price product={product} current={quote ?? product.price}>
          {quote && (
            <>
              <Figure name="In 24 h">
                {quote.change24hPercent === null ? "Unknown" : percentText(quote.change24hPercent)}
              </Figure>
              <Figure name="Market cap">{wholeText(quote.marketCap, quote.currency)}</Figure>
              <Figure name="Traded in 24 h">{wholeText(quote.volume24h, quote.currency)}</Figure>
            </>
          )}
        </Price>
        <Description product={product} />
        <Facts rows={[...rows, ...furtherRows(product, url.origin)]} />
      </article>
    ),
  });
}

export const STATUS_TEXT = { ACTIVE: "Active", INACTIVE: "Inactive", SUSPENDED: "Suspended" } as const;
