/** The last attempts of a webhook, the newest first. */
import type { WebhookDelivery } from "../../client/wire-operation.ts";
import { shownNumber } from "../format.ts";
import { Listing } from "../parts/listing.tsx";
import { State } from "../parts/state.tsx";
import { Empty, type Column } from "../parts/table.tsx";
import { Age } from "../parts/time.tsx";
import type { Resource } from "../resource.ts";

const COLUMNS: readonly Column[] = [
  { text: "Offset", class: "number tight" },
  { text: "Event" },
  { text: "Outcome" },
  { text: "Attempt", class: "number wide" },
  { text: "Took", class: "number wide" },
  { text: "When", class: "number" },
];

export function Deliveries({ of }: { of: Resource<WebhookDelivery[]> }) {
  return (
    <section class="section" aria-labelledby="deliveries">
      <div class="section-head">
        <h2 id="deliveries">Last deliveries</h2>
      </div>
      <Listing
        caption="Attempts, the newest first"
        columns={COLUMNS}
        of={of}
        row={(delivery) => <Row key={delivery.deliveryId} of={delivery} />}
        empty={
          <Empty>Nothing was sent yet. Each event that is sent appears here with what came of it.</Empty>
        }
      />
    </section>
  );
}

function Row({ of: delivery }: { of: WebhookDelivery }) {
  const { offset, eventType, eventId, attempt, outcome, httpStatus, error, durationMs, at } = delivery;
  const answer = httpStatus === null ? (error ?? "no answer") : `answered ${httpStatus}`;
  return (
    <tr>
      <td class="number tight soft">{offset}</td>
      <th scope="row">
        <span class="names">
          <span>{eventType}</span>
          <span class="soft small cut" title={eventId}>
            {eventId}
          </span>
        </span>
      </th>
      <td>
        <span class="names">
          {outcome === "delivered" ? (
            <State shape="ring">Delivered</State>
          ) : (
            <State shape="square" tone="bad">
              Failed
            </State>
          )}
          <span class="soft small cut" title={answer}>
            {answer}
          </span>
        </span>
      </td>
      <td class="number wide soft">{shownNumber(attempt)}</td>
      <td class="number wide soft">{shownNumber(durationMs)} ms</td>
      <td class="number soft">
        <Age at={at} />
      </td>
    </tr>
  );
}
