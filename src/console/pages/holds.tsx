/** What is held everywhere, the soonest to expire first; each can be confirmed, released or given more time. */
import { useLocation } from "preact-iso";
import { useCallback, useEffect, useState } from "preact/hooks";
import type { Reservation, ReservationListed, ReservationState } from "../../client/wire.ts";
import type { Failure } from "../failure.ts";
import { usePolling } from "../connection.ts";
import { useEvents } from "../following.ts";
import { shownClock, shownNumber } from "../format.ts";
import { Button } from "../parts/button.tsx";
import { LoadFailure, Notice, PressFailure } from "../parts/notice.tsx";
import { Page } from "../parts/page.tsx";
import { Resort } from "../parts/resort.tsx";
import { SearchBox } from "../parts/search-box.tsx";
import { Empty, SkeletonRows, Table } from "../parts/table.tsx";
import { useResource } from "../resource.ts";
import { lacks } from "../session.ts";
import { useSettled } from "../settled.ts";
import { stock } from "../stock.ts";
import {
  HOLD_STATES,
  holdOfEvent,
  holdsPath,
  readHoldChoice,
  shownHolds,
  withHolds,
  type HoldChoice,
  type HoldList,
} from "./holds-listing.ts";
import { loadHolds } from "./holds-loading.ts";
import { ENDED_COLUMNS, HoldRow, HOLD_COLUMNS } from "./holds-row.tsx";
import { useLocations } from "./product-state.ts";

const STATE_WORDS: Record<ReservationState, string> = {
  held: "Held",
  confirmed: "Confirmed",
  released: "Released",
  expired: "Expired",
};

export function HoldsPage() {
  const { query, route } = useLocation();
  const choice = readHoldChoice(query);
  const { location, state } = choice;
  const [isMany, setMany] = useState(false);
  // All that there are is narrowed here; of too many, the service is asked for what is wanted.
  const key = `holds ${location} ${state} ${isMany ? choice.q : ""}`;
  const listing = useResource(key, (signal) => loadHolds(choice, signal), { keepsLast: true });
  const [failure, setFailure] = useState<Failure>();
  const { data, put } = listing;
  useEffect(() => setMany((before) => before || data?.isCut === true), [data?.isCut]);
  const note = (holds: readonly ReservationListed[]) => put((list) => list && withHolds(list, holds));
  const onDone = useCallback((done: Reservation) => {
    setFailure(undefined);
    stock.show({ productId: done.productId, ...done.inventory });
    note([done]);
  }, []);
  const onFailure = useCallback((failed: Failure) => {
    setFailure(failed);
    listing.reload();
  }, []);
  const followed = useEvents(listing.isOld ? undefined : data?.nextOffset, (events) => {
    const changed = events.flatMap((event) => holdOfEvent(event) ?? []);
    if (changed.length > 0) note(changed);
  });
  usePolling(listing.reload, lacks("events:read"));
  const holds = useSettled(
    data ? shownHolds(data, choice) : [],
    ({ reservationId }) => reservationId,
    holdsPath(choice),
  );
  const columns = state === "held" ? HOLD_COLUMNS : ENDED_COLUMNS;
  const choose = (next: HoldChoice) => route(holdsPath(next), true);
  return (
    <Page
      title="Holds"
      count={data && shownNumber(holds.rows.length)}
      end={<Narrowing choice={choice} onChoice={choose} />}
    >
      {listing.error !== undefined && <LoadFailure error={listing.error} onRetry={listing.reload} />}
      {followed.error !== undefined && <LoadFailure error={followed.error} onRetry={listing.reload} />}
      <PressFailure failure={failure} onDismiss={() => setFailure(undefined)} />
      {data?.isCut && <Cut list={data} />}
      <Resort settled={holds} />
      {data && holds.rows.length === 0 ? (
        <NoHolds choice={choice} onClear={() => choose(readHoldChoice({}))} />
      ) : (
        (data !== undefined || listing.error === undefined) && (
          <div class={listing.isOld ? "is-old" : undefined} aria-busy={listing.isLoading ? "true" : "false"}>
            <Table caption="Holds" columns={columns} kind="small two-lines">
              {data ? (
                holds.rows.map((hold) => (
                  <HoldRow key={hold.reservationId} hold={hold} onDone={onDone} onFailure={onFailure} />
                ))
              ) : (
                <SkeletonRows columns={columns} rows={8} />
              )}
            </Table>
          </div>
        )
      )}
    </Page>
  );
}

function Narrowing({ choice, onChoice }: { choice: HoldChoice; onChoice: (choice: HoldChoice) => void }) {
  const locations = useLocations();
  return (
    <>
      <SearchBox
        label="Filter holds"
        icon="filter"
        placeholder="Order, product, customer"
        words={choice.q}
        onWords={(q) => onChoice({ ...choice, q })}
      />
      {(locations.length > 1 || choice.location !== "") && (
        <select
          class="input sort"
          aria-label="Location"
          value={choice.location}
          onChange={({ currentTarget: { value } }) => onChoice({ ...choice, location: value })}
        >
          <option value="">All locations</option>
          {locations.map(({ locationId, name }) => (
            <option key={locationId} value={locationId}>
              {name}
            </option>
          ))}
        </select>
      )}
      <select
        class="input sort"
        aria-label="State"
        value={choice.state}
        onChange={({ currentTarget: { value } }) => {
          const state = HOLD_STATES.find((one) => one === value);
          if (state) onChoice({ ...choice, state });
        }}
      >
        {HOLD_STATES.map((state) => (
          <option key={state} value={state}>
            {STATE_WORDS[state]}
          </option>
        ))}
      </select>
    </>
  );
}

function Cut({ list: { expiresBefore, byId } }: { list: HoldList }) {
  return (
    <Notice kind="plain" title={`There are more than these ${shownNumber(byId.size)}`}>
      <p>
        {expiresBefore === undefined
          ? "They are in no order of time. "
          : `Shown are those that expire before ${shownClock(Date.parse(expiresBefore))}. `}
        Write a whole order, product or customer to find what else is there.
      </p>
    </Notice>
  );
}

function NoHolds({ choice, onClear }: { choice: HoldChoice; onClear: () => void }) {
  if (choice.q !== "" || choice.location !== "")
    return (
      <Empty action={<Button onClick={onClear}>Clear search</Button>}>
        {choice.q === ""
          ? `Nothing is ${choice.state} at ${choice.location}.`
          : `No hold that is ${choice.state} matches “${choice.q}”.`}
      </Empty>
    );
  if (choice.state === "held")
    return <Empty>Nothing is held. Units set aside for a cart appear here and count down.</Empty>;
  return (
    <Empty action={<Button onClick={onClear}>Show what is held</Button>}>
      {`No hold has been ${choice.state} yet, or none that is kept.`}
    </Empty>
  );
}
