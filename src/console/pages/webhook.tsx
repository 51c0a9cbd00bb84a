/** One webhook: how far it is, its last deliveries, and what can be done with it. */
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { isProblem } from "../../client/problem.ts";
import type { Webhook } from "../../client/wire-operation.ts";
import { holdfast } from "../connection.ts";
import { failureOf, type Failure } from "../failure.ts";
import { shownCount, shownNumber } from "../format.ts";
import { Button } from "../parts/button.tsx";
import { Figures } from "../parts/figures.tsx";
import { Icon } from "../parts/icon.tsx";
import { FailureNotice, LoadFailure, Notice } from "../parts/notice.tsx";
import { Value } from "../parts/number.tsx";
import { Page, useHeading } from "../parts/page.tsx";
import { SecretOnce } from "../parts/secret.tsx";
import { Sure } from "../parts/sure.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { Age } from "../parts/time.tsx";
import { useReload } from "../reloading.ts";
import { useResource, type Resource } from "../resource.ts";
import { toast } from "../saying.ts";
import { lacks } from "../session.ts";
import { Deliveries } from "./webhook-deliveries.tsx";
import { EditWebhook, ReplayForm, takeSecret } from "./webhooks-forms.tsx";
import { DISABLED_WORDS, shownUrl, WebhookState } from "./webhooks-words.tsx";

const RELOAD_MS = 5000;

export function WebhookPage() {
  const { path } = useLocation();
  const id = decodeURIComponent(path.split("/").at(-1) ?? "");
  const webhook = useResource(`webhook ${id}`, (signal) => holdfast.webhooks.get(id, { signal }));
  const deliveries = useResource(`deliveries ${id}`, async (signal) => {
    const { items } = await holdfast.webhooks.deliveries(id, { limit: 100 }, { signal });
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

interface ShownProps {
  webhook: Webhook;
  put: (webhook: Webhook) => void;
  deliveries: preact.ComponentChildren;
  /** Something was sent. */
  onTried: Resource<unknown>["reload"];
}

function Shown({ webhook, put, deliveries, onTried }: ShownProps) {
  const { url, description, webhookId, types, productIds, missedEvents, disabledReason } = webhook;
  const heading = useHeading(shownUrl(url));
  const change = useChange();
  const isActive = webhook.status === "active";
  const mayNot = lacks("admin");
  const test = async () => {
    const { delivered, httpStatus, error, durationMs } = await holdfast.webhooks.test(webhookId);
    const answer = httpStatus === null ? (error ?? "no answer") : `answered ${httpStatus}`;
    toast(delivered ? `Test delivered in ${durationMs} ms` : `Test not delivered: ${answer}`);
    onTried();
  };
  const edit = async (patch: { status?: Webhook["status"]; rotateSecret?: true }) =>
    put(takeSecret(await holdfast.webhooks.edit(webhookId, patch)));
  const facts = [
    description,
    types === null ? "all events" : types.join(", "),
    productIds === null ? "all products" : shownCount(productIds.length, "product"),
  ];
  return (
    <>
      <header class="product-head">
        <a class="back" href="/console/webhooks">
          <Icon name="chevron-left" />
          Webhooks
        </a>
        <div class="named">
          <div>
            <h1 ref={heading} tabIndex={-1}>
              {shownUrl(url)}
            </h1>
            <p class="facts soft">
              <code>{webhookId}</code>
              {facts.map((fact) => fact && <span key={fact}>{fact}</span>)}
            </p>
          </div>
          <div class="end">
            <WebhookState of={webhook} />
            <Button
              size="compact"
              busy={change.busy === "test"}
              disabled={mayNot}
              onClick={() => void change.run("test", test)}
            >
              Send test
            </Button>
            <Button
              size="compact"
              busy={change.busy === "enable"}
              disabled={mayNot}
              kind={isActive ? "plain" : "primary"}
              onClick={() =>
                void change.run("enable", () => edit({ status: isActive ? "disabled" : "active" }))
              }
            >
              {isActive ? "Disable" : "Enable"}
            </Button>
          </div>
        </div>
      </header>
      <SecretOnce kind="secret" />
      {change.failure && <FailureNotice failure={change.failure} />}
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
        <Panel webhook={webhook} put={put} onRotate={() => edit({ rotateSecret: true })} />
      </div>
    </>
  );
}

function WebhookFigures({ webhook }: { webhook: Webhook }) {
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

type Tab = "edit" | "replay";
const TABS = [
  ["edit", "Edit"],
  ["replay", "Replay"],
] as const;

interface PanelProps extends Pick<ShownProps, "webhook" | "put"> {
  onRotate: () => Promise<void>;
}

function Panel({ webhook, put, onRotate }: PanelProps) {
  const [tab, setTab] = useState<Tab>("edit");
  const { webhookId, url } = webhook;
  const { route } = useLocation();
  const change = useChange();
  const mayNot = lacks("admin");
  const remove = async () => {
    await holdfast.webhooks.remove(webhookId);
    toast(`${shownUrl(url)} deleted`);
    route("/console/webhooks", true);
  };
  return (
    <aside class="panel frame always" aria-label="Change this webhook">
      <Tabs label="Change this webhook" tabs={TABS} selected={tab} onSelect={setTab}>
        <div class="panel-body">
          {tab === "edit" ? (
            <EditWebhook key={webhookId} of={webhook} onDone={put} />
          ) : (
            <ReplayForm of={webhook} onDone={put} />
          )}
        </div>
      </Tabs>
      <div class="panel-foot">
        <Sure
          button="Rotate secret"
          busy={change.busy === "rotate"}
          disabled={mayNot}
          onSure={() => void change.run("rotate", onRotate)}
        >
          <p>A new secret signs from now on; the old one signs too for 24 hours.</p>
        </Sure>
        <Sure
          button="Delete webhook"
          busy={change.busy === "delete"}
          disabled={mayNot}
          onSure={() => void change.run("delete", remove)}
        >
          <p>Nothing is sent there any more. Its place, its secret and its deliveries are forgotten.</p>
        </Sure>
        {change.failure && <FailureNotice failure={change.failure} />}
      </div>
    </aside>
  );
}

/** For what takes one press: which of them is under way, and what went wrong with the last. */
function useChange() {
  const [busy, setBusy] = useState<string>();
  const [failure, setFailure] = useState<Failure>();
  const run = async (what: string, work: () => Promise<void>) => {
    setBusy(what);
    try {
      await work();
      setFailure(undefined);
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      setBusy(undefined);
    }
  };
  return { busy, failure, run };
}
