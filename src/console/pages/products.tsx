/** The catalog with its stock: searched as one types, narrowed by chips, its numbers live while they are on screen. */
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { holdfast, usePolling } from "../connection.ts";
import { failureOf } from "../failure.ts";
import { shownNumber } from "../format.ts";
import { Button } from "../parts/button.tsx";
import { Chips } from "../parts/chips.tsx";
import { LoadMore } from "../parts/load-more.tsx";
import { LoadFailure } from "../parts/notice.tsx";
import { Page } from "../parts/page.tsx";
import { SearchBox } from "../parts/search-box.tsx";
import { Empty, SkeletonRows, Table } from "../parts/table.tsx";
import { useResource } from "../resource.ts";
import { toast } from "../saying.ts";
import {
  chipsOf,
  listingKey,
  loadListing,
  longestNumber,
  pathOf,
  readChoice,
  toggled,
  type Choice,
} from "./products-listing.ts";
import { ProductRow, PRODUCT_COLUMNS } from "./products-row.tsx";

export function ProductsPage() {
  const { query, route } = useLocation();
  const choice = readChoice(query);
  const listing = useResource(listingKey(choice), (signal) => loadListing(choice, { signal }), {
    keepsLast: true,
  });
  const { data } = listing;
  usePolling(listing.reload);
  const choose = (next: Choice) => route(pathOf(next), true);
  return (
    <Page
      title="Products"
      count={data?.total === undefined ? undefined : <span aria-live="off">{shownNumber(data.total)}</span>}
      end={
        <>
          <SearchBox
            label="Search products"
            placeholder="Name, id, theme, year"
            words={choice.q}
            onWords={(q) => choose({ ...choice, q })}
          />
          <Sort choice={choice} onChoice={choose} />
          <Export />
        </>
      }
    >
      {data && (
        <Chips
          label="Narrow the list"
          chips={chipsOf(choice, data.facets)}
          onToggle={(id) => choose(toggled(choice, id))}
        />
      )}
      {listing.error !== undefined && <LoadFailure error={listing.error} onRetry={listing.reload} />}
      {data?.items.length === 0 ? (
        <NoProducts choice={choice} onClear={() => choose({ ...readChoice({}), sort: choice.sort })} />
      ) : (
        (data !== undefined || listing.error === undefined) && (
          <div
            class={listing.isOld ? "is-old" : undefined}
            style={{ "--digits": data ? longestNumber(data.items) : 0 }}
            aria-busy={listing.isLoading ? "true" : "false"}
          >
            <Table caption="Products" kind="list products" columns={PRODUCT_COLUMNS}>
              {data ? (
                data.items.map((product) => <ProductRow key={product.productId} product={product} />)
              ) : (
                <SkeletonRows columns={PRODUCT_COLUMNS} rows={15} />
              )}
            </Table>
          </div>
        )
      )}
      {data?.nextCursor != null && !listing.isOld && (
        <LoadMore
          load={() => loadListing(choice, { cursor: data.nextCursor ?? undefined })}
          onLoaded={(more) =>
            listing.put(
              (shown) =>
                shown && { ...shown, items: [...shown.items, ...more.items], nextCursor: more.nextCursor },
            )
          }
        />
      )}
    </Page>
  );
}

const SORTS: readonly (readonly [value: Choice["sort"], text: string])[] = [
  ["", "Best first"],
  ["name", "Name"],
  ["-name", "Name, Z to A"],
  ["price", "Price, lowest first"],
  ["-price", "Price, highest first"],
  ["-createdAt", "Newest first"],
  ["createdAt", "Oldest first"],
];

function Sort({ choice, onChoice }: { choice: Choice; onChoice: (choice: Choice) => void }) {
  return (
    <select
      class="input sort"
      aria-label="Sort"
      value={choice.sort}
      onChange={({ currentTarget: { value } }) => {
        const sort = SORTS.find(([one]) => one === value)?.[0];
        if (sort !== undefined) onChoice({ ...choice, sort });
      }}
    >
      {SORTS.map(([value, text]) => (
        <option key={value} value={value}>
          {value === "" && choice.q === "" ? "Id" : text}
        </option>
      ))}
    </select>
  );
}

/** The whole catalog as a file that an import takes. */
function Export() {
  const [isBusy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const url = URL.createObjectURL(await holdfast.products.exportFile("csv"));
      const link = document.createElement("a");
      link.href = url;
      link.download = "products.csv";
      link.click();
      // The browser has begun to read it by then.
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      const { title, text } = failureOf(error);
      toast(`Not exported. ${title}: ${text}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon="download" busy={isBusy} title="The whole catalog, as CSV" onClick={() => void save()}>
      Export
    </Button>
  );
}

function NoProducts({ choice, onClear }: { choice: Choice; onClear: () => void }) {
  const isNarrowed = choice.q !== "" || choice.kind !== "" || choice.state !== "" || choice.theme !== "";
  if (!isNarrowed)
    return (
      <Empty action={<a href="/console/import">Import products</a>}>
        There are no products yet. An import, or a single request to the API, brings them here.
      </Empty>
    );
  return (
    <Empty action={<Button onClick={onClear}>Clear search</Button>}>
      {choice.q === "" ? "No product is of this choice." : `No product matches “${choice.q}”.`}
    </Empty>
  );
}
