/** Endpoints that events are sent to: how far each is, and how it fares. */
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import type { Webhook } from "../../client/wire-operation.ts";
import { holdfast } from "../connection.ts";
import { itemsOf } from "../every-page.ts";
import { shownCount, shownNumber } from "../format.ts";
import { Button } from "../parts/button.tsx";
import { Listing } from "../parts/listing.tsx";
import { Value } from "../parts/number.tsx";
import { Page } from "../parts/page.tsx";
import { SecretOnce } from "../parts/secret.tsx";
import { SidePanel } from "../parts/side-panel.tsx";
import { Empty, type Column } from "../parts/table.tsx";
import { Age } from "../parts/time.tsx";
import { useReload } from "../reloading.ts";
import { useResource } from "../resource.ts";
import { NewWebhook } from "./webhooks-forms.tsx";
import { shownUrl, WebhookState } from "./webhooks-words.tsx";

const PATH = "/console/webhooks";
const RELOAD_MS = 10_000;
const COLUMNS: readonly Column[] = [
  { text: "Endpoint" },
  { text: "State" },
  { text: "Next offset", class: "number wide" },
  { text: "Behind", class: "number" },
  { text: "Delivered", class: "number wide" },
];

export function WebhooksPage() {
  const { query, route } = useLocation();
  const webhooks = useResource("webhooks list", (signal) =>
    itemsOf(holdfast.webhooks.list({ limit: 100 }, { signal })),
  );
  useReload(webhooks, RELOAD_MS);
  /** Each begins with a form of its own. */
  const [made, setMade] = useState(0);
  return (
    <Page
      title="Webhooks"
      count={webhooks.data && shownNumber(webhooks.data.length)}
      end={
        <Button icon="webhook" onClick={() => route(`${PATH}?new`)}>
          New webhook
        </Button>
      }
    >
      <SecretOnce kind="secret" />
      <div class="with-panel set-up">
        <Listing
          caption="Webhooks"
          kind="list"
          columns={COLUMNS}
          of={webhooks}
          row={(webhook) => <Row key={webhook.webhookId} of={webhook} />}
          empty={
            <Empty>
              Nothing is sent anywhere. A webhook brings every event of the book to an address of yours.
            </Empty>
          }
        />
        <SidePanel
          title="New webhook"
          chosen={"new" in query ? "new" : undefined}
          onClose={() => route(PATH)}
        >
          <NewWebhook
            key={made}
            onDone={(webhook) => {
              webhooks.put((shown = []) => [...shown, webhook]);
              setMade((before) => before + 1);
              route(PATH);
            }}
          />
        </SidePanel>
      </div>
    </Page>
  );
}

function Row({ of: webhook }: { of: Webhook }) {
  const { webhookId, url, description, types, nextOffset, behind, lastDeliveredAt } = webhook;
  return (
    <tr>
      <th scope="row">
        <div class="named">
          <span class="names">
            <a class="row-link" href={`${PATH}/${encodeURIComponent(webhookId)}`} title={url}>
              {shownUrl(url)}
            </a>
            <span class="soft small">
              {[description, types === null ? "all events" : shownCount(types.length, "type")]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </span>
        </div>
      </th>
      <td>
        <WebhookState of={webhook} />
      </td>
      <td class="number wide soft">{nextOffset}</td>
      <td class="number strong">
        <Value value={behind ?? undefined} isQuietAtZero />
      </td>
      <td class="number wide soft">{lastDeliveredAt === null ? "never" : <Age at={lastDeliveredAt} />}</td>
    </tr>
  );
}
