/** The list of assets and what a search among them finds: one page with one form, which needs no script. */
import { PRODUCT_SORTS } from "../../d1/product-order";
import { ASSET_STATUSES, assetViewOf } from "./asset-view";
import { htmlOf } from "./page";
import { STATUS_TEXT } from "./product-pages";
import type { ShownProduct } from "./shown-product";
import { moneyText, percentText, wholeText } from "./text";

const LIST = "/inventory/assets";
const SEARCH = "/inventory/assets/search";

interface AssetsPage {
  products: ShownProduct[];
  nextCursor: string | null;
  url: URL;
}

export function assetsPage({ products, nextCursor, url }: AssetsPage): string {
  const asked = url.searchParams;
  const searched = url.pathname === SEARCH;
  return htmlOf({
    title: searched ? "Search assets" : "Assets",
    json: withParameter(url, "format", "json"),
    children: (
      <>
        <h1>Assets</h1>
        <SearchForm asked={asked} />
        {products.length > 0 ? (
          <AssetTable products={products} />
        ) : (
          <p class="frame empty">{emptyText(searched, asked)}</p>
        )}
        <nav class="pages" aria-label="Pages">
          {asked.has("cursor") && <a href={withoutParameter(url, "cursor")}>First page</a>}
          {nextCursor !== null && (
            <a rel="next" href={withParameter(url, "cursor", nextCursor)}>
              Next page
            </a>
          )}
          {searched && <a href={LIST}>Clear search</a>}
        </nav>
      </>
    ),
  });
}

function emptyText(searched: boolean, asked: URLSearchParams): string {
  if (asked.has("cursor")) return "Nothing more on this page.";
  return searched
    ? "Nothing matches this search."
    : "There are no assets yet. A product of the kind “asset” appears here with its market price.";
}

function SearchForm({ asked }: { asked: URLSearchParams }) {
  const text = (name: string) => asked.get(name) ?? "";
  return (
    <form class="search" action={SEARCH} method="get" role="search" aria-label="Assets">
      <label class="wide">
        Search
        <input type="search" name="q" value={text("q")} />
      </label>
      <PriceField label="Price from" name="min_price" value={text("min_price")} />
      <PriceField label="Price to" name="max_price" value={text("max_price")} />
      <label>
        Status
        <select name="status">
          <option value="">Any</option>
          {ASSET_STATUSES.map((status) => (
            <option value={status} selected={text("status").toUpperCase() === status}>
              {STATUS_TEXT[status]}
            </option>
          ))}
        </select>
      </label>
      <label>
        Order
        <select name="sort">
          <option value="">{text("q") === "" ? "By id" : SORT_TEXT["relevance"]}</option>
          {PRODUCT_SORTS.map((sort) => (
            <option value={sort} selected={text("sort") === sort}>
              {SORT_TEXT[sort] ?? sort}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Search</button>
    </form>
  );
}

function PriceField({ label, name, value }: { label: string; name: string; value: string }) {
  return (
    <label>
      {label}
      <input
        name={name}
        value={value}
        inputmode="decimal"
        pattern="[0-9]{1,15}([.][0-9]{1,18})?"
        title="19.99"
      />
    </label>
  );
}

const SORT_TEXT: Record<string, string> = {
  relevance: "Best match",
  name: "Name, A to Z",
  "-name": "Name, Z to A",
  price: "Lowest price",
  "-price": "Highest price",
  createdAt: "Oldest",
  "-createdAt": "Newest",
};

function AssetTable({ products }: { products: ShownProduct[] }) {
  return (
    <div class="frame scroll" role="region" aria-labelledby="assets" tabindex={0}>
      <table class="list">
        <caption id="assets">Assets on this page: {products.length}</caption>
        <thead>
          <tr>
            <th scope="col">Asset</th>
            <th scope="col">Status</th>
            <th scope="col" class="number">
              Price
            </th>
            <th scope="col" class="number wide">
              In 24 h
            </th>
            <th scope="col" class="number wide">
              Market cap
            </th>
          </tr>
        </thead>
        <tbody>
          {products.map((product) => (
            <AssetRow product={product} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AssetRow({ product }: { product: ShownProduct }) {
  const { symbol, status } = assetViewOf(product);
  const { productId, name, quote, price } = product;
  const current = quote ?? price;
  const change = quote?.change24hPercent ?? null;
  return (
    <tr>
      <th scope="row">
        <a href={`${LIST}/${productId}`}>
          <bdi>{name}</bdi>
        </a>
        <span class="soft">
          <bdi>{symbol ?? productId}</bdi>
        </span>
      </th>
      <td class={status === "ACTIVE" ? "status soft" : "status"}>{STATUS_TEXT[status]}</td>
      <td class="number">
        {current ? <strong>{moneyText(current)}</strong> : <span class="soft">Unknown</span>}
        {quote?.stale && <span class="warn"> stale</span>}
      </td>
      <td class="number wide">{change === null ? "" : percentText(change)}</td>
      <td class="number wide">{quote?.marketCap ? wholeText(quote.marketCap, quote.currency) : ""}</td>
    </tr>
  );
}

function withParameter(url: URL, name: string, value: string): string {
  const other = new URL(url);
  other.searchParams.set(name, value);
  return other.pathname + other.search;
}

function withoutParameter(url: URL, name: string): string {
  const other = new URL(url);
  other.searchParams.delete(name);
  return other.pathname + other.search;
}
