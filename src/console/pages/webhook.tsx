/** One webhook: how far it is, its last deliveries, and what can be done with it. */
import { useLocation } from "preact-iso";
import { isProblem } from "../../client/problem.ts";
import { holdfast } from "../connection.ts";
import { shownNumber } from "../format.ts";
import { Figures } from "../parts/figures.tsx";
import { LoadFailure, Notice } from "../parts/notice.tsx";
import { Value } from "../parts/number.tsx";
import { Page } from "../parts/page.tsx";
import { SecretOnce } from "../parts/secret.tsx";
import { Age } from "../parts/time.tsx";
import { useReload } from "../reloading.ts";
import { useResource } from "../resource.ts";
import { Deliveries } from "./webhook-deliveries.tsx";
import { WebhookHead, type WebhookProps } from "./webhook-head.tsx";
import { WebhookPanel } from "./webhook-panel.tsx";
import { DISABLED_WORDS } from "./webhooks-words.tsx";

const RELOAD_MS = 5000;
const MAX_DELIVERIES = 25;

export function WebhookPage() {
  const { path } = useLocation();
  const id = decodeURIComponent(path.split("/").at(-1) ?? "");
  const webhook = useResource(`webhook ${id}`, (signal) => holdfast.webhooks.get(id, { signal }));
  const deliveries = useResource(`deliveries ${id}`, async (signal) => {
    const { items } = await holdfast.webhooks.deliveries(id, { limit: MAX_DELIVERIES }, { signal });
    return items;
  });
  useReload(webhook, RELOAD_MS);
  useReload(deliveries, RELOAD_MS);
  const { data, error } = webhook;
  if (isProblem(error, "route_not_found"))
    return (
      <Page title="No such webhook">
        <p>
          There is no webhook <code>{id}</code>. It may have been deleted.{" "}
          <a href="/console/webhooks">Webhooks</a>
        </p>
      </Page>
    );
  if (!data)
    return (
      <Page title="Webhook">
        {error === undefined ? (
          <span class="skeleton" style={{ width: "24rem", height: "40px" }} />
        ) : (
          <LoadFailure error={error} onRetry={webhook.reload} />
        )}
      </Page>
    );
  return (
    <>
      {error !== undefined && <LoadFailure error={error} onRetry={webhook.reload} />}
      <Shown
        webhook={data}
        put={(changed) => webhook.put(() => changed)}
        deliveries={<Deliveries of={deliveries} />}
        onTried={deliveries.reload}
      />
    </>
  );
}

interface ShownProps extends WebhookProps {
  deliveries: preact.ComponentChildren;
  /** Something was sent. */
  onTried: () => void;
}

function Shown({ webhook, put, deliveries, onTried }: ShownProps) {
  const { missedEvents, disabledReason } = webhook;
  return (
    <>
      <WebhookHead webhook={webhook} put={put} onTried={onTried} />
      <SecretOnce kind="secret" />
      {disabledReason !== null && (
        <Notice kind="warn" title="Nothing is sent">
          <p>
            {DISABLED_WORDS[disabledReason]} What happens meanwhile waits for it, as long as events are kept.
          </p>
        </Notice>
      )}
      {missedEvents && (
        <Notice kind="bad" title="It has missed events">
          <p>
            Those from {shownNumber(missedEvents.from)} to {shownNumber(missedEvents.to)} were no longer kept
            when it came to them.
          </p>
        </Notice>
      )}
      <WebhookFigures webhook={webhook} />
      <div class="with-panel">
        <div>{deliveries}</div>
        <WebhookPanel webhook={webhook} put={put} />
      </div>
    </>
  );
}

function WebhookFigures({ webhook }: Pick<WebhookProps, "webhook">) {
  const { behind, nextOffset, consecutiveFailures, lastDeliveredAt, nextAttemptAt } = webhook;
  const wait = nextAttemptAt === null ? undefined : Date.parse(nextAttemptAt);
  return (
    <Figures
      figures={[
        { name: "Behind", value: <Value value={behind ?? undefined} /> },
        { name: "Next offset", value: String(nextOffset) },
        { name: "Failures in a row", value: <Value value={consecutiveFailures} /> },
        { name: "Last delivered", value: lastDeliveredAt === null ? "never" : <Age at={lastDeliveredAt} /> },
        ...(wait !== undefined && consecutiveFailures > 0
          ? [{ name: "Tries again", value: <TimeOf atMs={wait} /> }]
          : []),
      ]}
    />
  );
}

function TimeOf({ atMs }: { atMs: number }) {
  return <time dateTime={new Date(atMs).toISOString()}>{new Date(atMs).toLocaleTimeString("en-GB")}</time>;
}
