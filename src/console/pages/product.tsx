/** One product: its numbers, what is held of it, how its stock moved, and the panel that changes it. */
import { useLocation, useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { isProblem } from "../../client/problem.ts";
import { usePolling } from "../connection.ts";
import { shownMoney, shownNumber } from "../format.ts";
import { laterPart } from "../later.tsx";
import { useKeys } from "../keyboard.ts";
import { Back } from "../parts/back.tsx";
import { Button } from "../parts/button.tsx";
import { LoadFailure, Notice } from "../parts/notice.tsx";
import { Page, useHeading } from "../parts/page.tsx";
import { usePageActions } from "../parts/palette.tsx";
import { Tile } from "../parts/tile.tsx";
import { useResource } from "../resource.ts";
import { numbersOf, stock as stockNumbers } from "../stock.ts";
import { ProductFigures, ProductStateMark } from "./product-figures.tsx";
import { HoldsSection } from "./product-holds.tsx";
import { LevelsSection } from "./product-levels.tsx";
import { ACTIONS, ProductPanel, type ActionName } from "./product-panel.tsx";
import { loadProduct, useHolds, useVersionRises, type Opened } from "./product-state.ts";

/** What stands further down. */
const MovementsSection = laterPart(() =>
  import("./product-movements.tsx").then(({ MovementsSection }) => MovementsSection),
);
const PricesSection = laterPart(() =>
  import("./product-prices.tsx").then(({ PricesSection }) => PricesSection),
);
const RecordSection = laterPart(() =>
  import("./product-record.tsx").then(({ RecordSection }) => RecordSection),
);

/** A form may have to be loaded first. */
const FRAMES_UNTIL_DRAWN = 60;

/** The first field of the form that is shown. */
function focusForm(frames: number): void {
  const inputs = document.querySelectorAll<HTMLElement>(".panel form .input");
  const first = [...inputs].find((input) => input.checkVisibility());
  if (first) first.focus();
  else if (frames > 0) requestAnimationFrame(() => focusForm(frames - 1));
}

export function ProductPage() {
  const { params } = useRoute();
  const { query } = useLocation();
  const id = params["productId"] ?? "";
  const isSet = "set" in query;
  const opened = useResource(`product ${id}`, (signal) => loadProduct(id, isSet, signal));
  usePolling(opened.reload);
  if (opened.data) return <Product key={id} opened={opened.data} reload={opened.reload} put={opened.put} />;
  if (isProblem(opened.error, "product_not_found", "validation_failed"))
    return (
      <Page title="No such product">
        <p>
          There is no product <code>{id}</code>. It may have been deleted, or its id was misspelt.{" "}
          <a href={`/?q=${encodeURIComponent(id)}`}>Search for it</a>
        </p>
      </Page>
    );
  if (opened.error !== undefined)
    return (
      <Page title={id}>
        <LoadFailure error={opened.error} onRetry={opened.reload} />
      </Page>
    );
  return <Loading id={id} />;
}

interface ProductProps {
  opened: Opened;
  reload: () => void;
  put: (change: (opened: Opened | undefined) => Opened | undefined) => void;
}

function Product({ opened, reload, put }: ProductProps) {
  const { product, stock } = opened;
  const { productId, name } = product;
  const [action, setAction] = useState<ActionName>("hold");
  const [isSheet, setSheet] = useState(false);
  const [rises, setRises] = useState(0);
  const holds = useHolds(productId);
  useVersionRises([productId], () => {
    reload();
    holds.reload();
    setRises((before) => before + 1);
  });
  const open = (chosen: ActionName) => {
    setAction(chosen);
    if (!document.querySelector<HTMLElement>(".panel")?.checkVisibility()) return setSheet(true);
    // After what was chosen is drawn, and before anything else is typed.
    queueMicrotask(() => focusForm(FRAMES_UNTIL_DRAWN));
  };
  useKeys(Object.fromEntries(ACTIONS.flatMap(({ id, key }) => (key ? [[key, () => open(id)]] : []))));
  usePageActions(
    ACTIONS.map(({ id, text }) => ({ text, from: name, run: () => open(id) })),
    productId,
  );
  return (
    <>
      <Head opened={opened} onEdit={() => open("edit")} />
      <ProductFigures opened={opened} />
      <div class="with-panel">
        <div>
          {stock === undefined && (
            <Notice kind="warn" title="No stock is shown">
              <p>
                This key lacks the scope <code>stock:read</code>.
              </p>
            </Notice>
          )}
          <HoldsSection productId={productId} holds={holds} />
          <MovementsSection product={product} stock={stock} rises={rises}>
            {stock && <LevelsSection stock={stock} />}
          </MovementsSection>
          <PricesSection product={product} />
          <RecordSection opened={opened} />
        </div>
        <ProductPanel
          opened={opened}
          action={action}
          onAction={setAction}
          isSheet={isSheet}
          onSheet={setSheet}
          onHold={holds.note}
          onStock={(changed) => {
            stockNumbers.show(numbersOf(changed));
            put((before) => before && { ...before, stock: changed });
          }}
          onProduct={(changed) =>
            put((before) => before && { ...before, product: { ...changed, quote: before.product.quote } })
          }
        />
      </div>
    </>
  );
}

function Head({ opened: { product }, onEdit }: { opened: Opened; onEdit: () => void }) {
  const { productId, name, attributes, kind, price } = product;
  const heading = useHeading(name);
  const { theme, year, pieces, symbol } = attributes;
  const facts = [
    theme ?? kind,
    symbol,
    year,
    typeof pieces === "number" ? `${shownNumber(pieces)} pieces` : undefined,
    price ? shownMoney(price) : undefined,
    product.barcode ?? undefined,
  ].filter((fact) => fact !== undefined);
  return (
    <header class="product-head">
      <Back to="/">Products</Back>
      <div class="named">
        <Tile
          productId={productId}
          name={String(theme ?? name)}
          hasPicture={product.imageUrl !== null}
          large
        />
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {name}
          </h1>
          <p class="facts soft">
            <code>{productId}</code>
            {facts.map((fact) => (
              <span key={String(fact)}>{String(fact)}</span>
            ))}
          </p>
        </div>
        <div class="end">
          <ProductStateMark product={product} />
          <Button icon="pencil" size="compact" onClick={onEdit}>
            Edit
          </Button>
        </div>
      </div>
    </header>
  );
}

/** Of the height that the page will have. */
function Loading({ id }: { id: string }) {
  return (
    <div aria-busy="true">
      <header class="product-head">
        <Back to="/">Products</Back>
        <div class="named">
          <span class="tile large" />
          <div>
            <h1 class="soft">{id}</h1>
            <p class="facts">
              <span class="skeleton" style={{ width: "16rem" }} />
            </p>
          </div>
        </div>
      </header>
      <span class="skeleton" style={{ width: "24rem", height: "40px" }} />
    </div>
  );
}
