/** What several pages show alike: of one product, its head, state, price and facts. */
import type { Child } from "hono/jsx";
import type { Money } from "../../domain/money";
import type { AttributeValue, Availability } from "../../domain/product";
import type { ShownProduct } from "./shown-product";
import { ageText, AVAILABILITY_TEXT, grouped, moneyText, timeText } from "./text";

export function Time({ at }: { at: string }) {
  return <time datetime={at}>{timeText(at)}</time>;
}

/** Its full time is a hover away. */
function Age({ at }: { at: string }) {
  return (
    <time datetime={at} title={timeText(at)}>
      {ageText(Date.parse(at), Date.now())}
    </time>
  );
}

export function State({ availability }: { availability: Availability }) {
  return <span class={`state ${availability}`}>{AVAILABILITY_TEXT[availability]}</span>;
}

interface HeadProps {
  product: ShownProduct;
  /** The few that tell it from its like. */
  facts: Child[];
  state: Child;
}

export function ProductHead({ product, facts, state }: HeadProps) {
  return (
    <header class="product">
      <span class="tile" aria-hidden="true">
        {initials(product.name)}
      </span>
      <div>
        <h1>
          <bdi>{product.name}</bdi>
        </h1>
        <p class="soft facts">
          <code>{product.productId}</code>
          {facts.map((fact) => (
            <span>
              <bdi>{fact}</bdi>
            </span>
          ))}
        </p>
      </div>
      {state}
    </header>
  );
}

/** The first two letters or digits: what a picture is not there to show. */
function initials(name: string): string {
  return (name.match(/[\p{L}\p{N}]/gu) ?? []).slice(0, 2).join("");
}

interface PriceProps {
  product: ShownProduct;
  /** Which of its prices is the large one. */
  current: Money | null;
  children?: Child;
}

/** What it costs, where that comes from and how old it is; one that is too old to go by says so. */
export function Price({ product: { price, quote, updatedAt }, current, children }: PriceProps) {
  const ofMarket = current !== null && current === quote;
  return (
    <section aria-labelledby="price">
      <h2 id="price">Price</h2>
      {current && (
        <dl class="figures">
          <Figure name={ofMarket ? "Market price" : "List price"} main>
            {moneyText(current)}
          </Figure>
          {ofMarket && price && <Figure name="List price">{moneyText(price)}</Figure>}
          {children}
        </dl>
      )}
      {quote ? (
        <p class={quote.stale ? "notice" : "soft"}>
          {quote.stale && <strong>Stale. </strong>}
          {ofMarket ? "From " : `Last market price ${moneyText(quote)}, from `}
          <bdi>{quote.source}</bdi>, <Age at={quote.at} />.
        </p>
      ) : (
        <p class="soft">
          {price ? "From the catalog, entry of " : "No price is known. Entry of "}
          <Time at={updatedAt} />.
        </p>
      )}
    </section>
  );
}

export function Figure({ name, main = false, children }: { name: string; main?: boolean; children: Child }) {
  return (
    <div class={main ? "main" : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export type Row = [name: string, value: Child];

export function Facts({ rows }: { rows: Row[] }) {
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">Facts</h2>
      <div class="frame">
        <table class="pairs">
          <tbody>
            {rows.map(([name, value]) => (
              <tr>
                <th scope="row">
                  <bdi>{name}</bdi>
                </th>
                <td>{typeof value === "string" ? <bdi>{value}</bdi> : value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Every attribute that does not have a row of its own already. */
export function attributeRows({ attributes }: ShownProduct, shown: string[] = []): Row[] {
  return Object.entries(attributes)
    .filter(([name]) => !shown.includes(name))
    .map(([name, value]) => [titled(name), valueText(name, value)]);
}

function titled(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function valueText(name: string, value: AttributeValue): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  // A year is a name more than a number.
  return typeof value === "string" || /year/i.test(name) ? String(value) : grouped(value);
}

/** A picture of this host. */
export function Picture({ product, origin }: { product: ShownProduct; origin: string }) {
  const url = webAddress(product.imageUrl);
  if (url?.origin !== origin) return null;
  return <img class="picture" src={url.href} alt={`Picture of ${product.name}`} />;
}

/** Another host would learn who looks at what, so that its picture is only linked. */
function pictureRow(imageUrl: string | null, origin: string): Row[] {
  const url = webAddress(imageUrl);
  if (!url || url.origin === origin) return [];
  const link = (
    <a href={url.href} rel="noreferrer noopener nofollow">
      <bdi>{url.host}</bdi>
    </a>
  );
  return [["Picture at", link]];
}

/** null: it is none that a browser may be sent to. */
function webAddress(text: string | null): URL | null {
  const url = text === null ? null : URL.parse(text);
  return url && ["http:", "https:"].includes(url.protocol) ? url : null;
}

/** The rows that every kind of product may end with. */
export function furtherRows({ barcode, tags, imageUrl }: ShownProduct, origin: string): Row[] {
  const rows: Row[] = barcode === null ? [] : [["Barcode", barcode]];
  if (tags.length > 0) rows.push(["Tags", <Tags tags={tags} />]);
  return [...rows, ...pictureRow(imageUrl, origin)];
}

function Tags({ tags }: { tags: string[] }) {
  return (
    <ul class="tags">
      {tags.map((tag) => (
        <li>
          <bdi>{tag}</bdi>
        </li>
      ))}
    </ul>
  );
}

export function Description({ product: { description } }: { product: ShownProduct }) {
  if (description === null) return null;
  return (
    <p class="description" dir="auto">
      {description}
    </p>
  );
}
