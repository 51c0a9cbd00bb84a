/** Places that hold stock. A hold without a place of its own is taken from the first that has the whole quantity. */
import { useLocation } from "preact-iso";
import type { Location } from "../../client/wire-operation.ts";
import { holdfast } from "../connection.ts";
import { itemsOf } from "../every-page.ts";
import { shownNumber } from "../format.ts";
import { Button } from "../parts/button.tsx";
import { Listing } from "../parts/listing.tsx";
import { Notice } from "../parts/notice.tsx";
import { Page } from "../parts/page.tsx";
import { SidePanel } from "../parts/side-panel.tsx";
import { Empty, type Column } from "../parts/table.tsx";
import { useResource } from "../resource.ts";
import { EditLocation, NewLocation } from "./locations-forms.tsx";

const PATH = "/console/locations";
const COLUMNS: readonly Column[] = [
  { text: "Location" },
  { text: "Priority", class: "number" },
  { text: "Country" },
  { text: "Latitude, longitude", class: "number wide" },
];

export function LocationsPage() {
  const { query, route } = useLocation();
  const places = useResource("locations list", (signal) =>
    itemsOf(holdfast.locations.list({ limit: 100 }, { signal })),
  );
  const { id } = query;
  const isNew = "new" in query;
  const chosen = places.data?.find(({ locationId }) => locationId === id);
  const close = () => route(PATH);
  const put = (changed: Location) => {
    places.put((shown = []) =>
      [...shown.filter(({ locationId }) => locationId !== changed.locationId), changed].toSorted(byPriority),
    );
    close();
  };
  return (
    <Page
      title="Locations"
      count={places.data && shownNumber(places.data.length)}
      end={
        <Button icon="map-pin" onClick={() => route(`${PATH}?new`)}>
          New location
        </Button>
      }
    >
      <div class="with-panel set-up">
        <Listing
          caption="Locations"
          kind="list"
          columns={COLUMNS}
          of={places}
          row={(place) => <Row key={place.locationId} place={place} isChosen={place === chosen} />}
          empty={
            <Empty>There is no location yet. A location holds stock; the first can be named main.</Empty>
          }
        />
        <SidePanel
          title={id === undefined ? "New location" : "Edit location"}
          chosen={id ?? (isNew ? "new" : undefined)}
          onClose={close}
        >
          {id === undefined ? (
            <NewLocation onDone={put} />
          ) : chosen ? (
            <EditLocation
              key={id}
              place={chosen}
              onDone={put}
              onRemoved={() => {
                places.put((shown) => shown?.filter(({ locationId }) => locationId !== id));
                close();
              }}
            />
          ) : (
            places.data && (
              <Notice kind="warn" title="No such location">
                <p>
                  There is no location <code>{id}</code>. It may have been deleted.
                </p>
              </Notice>
            )
          )}
        </SidePanel>
      </div>
    </Page>
  );
}

function byPriority(a: Location, b: Location): number {
  return a.priority - b.priority || (a.locationId < b.locationId ? -1 : 1);
}

function Row({ place, isChosen }: { place: Location; isChosen: boolean }) {
  const { locationId, name, priority, country, latitude, longitude } = place;
  return (
    <tr aria-selected={isChosen ? "true" : undefined} class={isChosen ? "is-chosen" : undefined}>
      <th scope="row">
        <div class="named">
          <span class="names">
            <a class="row-link" href={`${PATH}?id=${encodeURIComponent(locationId)}`}>
              {name}
            </a>
            <span class="soft small">{locationId}</span>
          </span>
        </div>
      </th>
      <td class="number">{shownNumber(priority)}</td>
      <td>{country ?? <span class="soft">–</span>}</td>
      <td class="number wide soft">
        {latitude === null || longitude === null ? "–" : `${latitude}, ${longitude}`}
      </td>
    </tr>
  );
}
