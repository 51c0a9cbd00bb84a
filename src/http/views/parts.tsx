/** What several pages show alike: of one product, its head, state, price and facts. */
import type { Child } from "hono/jsx";
import type { Money } from "../../domain/money";
import type { AttributeValue, Availability } from "../../domain/product";
import { currentPrice, type ShownProduct } from "./shown-product";
import { ageText, AVAILABILITY_TEXT, grouped, moneyText, timeText } from "./text";

export function Time({ at }: { at: string }) {
  return <time datetime={at}>{timeText(at)}</time>;
}

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

/** `facts` are the few that tell this product from its like. */
export function ProductHead({ product, facts }: { product: ShownProduct; facts: Child[] }) {
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
      <State availability={product.availability} />
    </header>
  );
}

/** The first two letters or digits: what a picture is not there to show. */
function initials(name: string): string {
  return (name.match(/[\p{L}\p{N}]/gu) ?? []).slice(0, 2).join("");
}

/** What it costs, where that comes from and how old it is; a price that is too old to go by is never the large one. */
export function Price({ product, children }: { product: ShownProduct; children?: Child }) {
  const { price, quote } = product;
  const current = currentPrice(product);
  const ofMarket = quote !== null && current !== price;
  return (
    <section aria-labelledby="price">
      <h2 id="price">Price</h2>
      <dl class="figures">
        <Figure name={ofMarket ? "Market price" : "List price"} main money={current} />
        {ofMarket && price && <Figure name="List price" money={price} />}
        {children}
      </dl>
      {quote === null ? (
        <p class="soft">
          {price ? "From the catalog, of " : "No price has been said. Entry of "}
          <Time at={product.updatedAt} />.
        </p>
      ) : (
        <p class={quote.stale ? "notice" : "soft"}>
          {quote.stale && <strong>Stale. </strong>}
          {ofMarket ? "From " : `Last market price ${moneyText(quote)} from `}
          <bdi>{quote.source}</bdi>, <Age at={quote.at} />.
        </p>
      )}
    </section>
  );
}

function Figure({ name, money, main = false }: { name: string; money: Money | null; main?: boolean }) {
  return (
    <div class={main ? "main" : undefined}>
      <dt>{name}</dt>
      <dd>{money ? moneyText(money) : "unknown"}</dd>
    </div>
  );
}

export function Facts({ rows }: { rows: [name: string, value: Child][] }) {
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
                <td>
                  <bdi>{value}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Every attribute that does not have a row of its own already. */
export function attributeRows({ attributes }: ShownProduct, shown: string[] = []): [string, Child][] {
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

/** A picture of this host is shown; another host would learn who looks at what, so that one is only linked. */
export function Picture({ product, origin }: { product: ShownProduct; origin: string }) {
  const url = webAddress(product.imageUrl);
  if (!url) return null;
  if (url.origin === origin) return <img class="picture" src={url.href} alt={`Picture of ${product.name}`} />;
  return (
    <p>
      <a href={url.href} rel="noreferrer noopener nofollow">
        Picture at <bdi>{url.host}</bdi>
      </a>
    </p>
  );
}

/** null: it is none that a browser may be sent to. */
function webAddress(text: string | null): URL | null {
  const url = text === null ? null : URL.parse(text);
  return url && ["http:", "https:"].includes(url.protocol) ? url : null;
}

export function Description({ product: { description, tags } }: { product: ShownProduct }) {
  return (
    <>
      {description !== null && (
        <p class="description" dir="auto">
          {description}
        </p>
      )}
      {tags.length > 0 && (
        <ul class="tags" aria-label="Tags">
          {tags.map((tag) => (
            <li>
              <bdi>{tag}</bdi>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
