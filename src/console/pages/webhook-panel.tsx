/** A webhook changed, replayed, given a new secret, deleted. */
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { holdfast } from "../connection.ts";
import type { Failure } from "../failure.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { Sure } from "../parts/sure.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { usePressing } from "../pressing.ts";
import { toast } from "../saying.ts";
import { lacks } from "../session.ts";
import type { WebhookProps } from "./webhook-head.tsx";
import { EditWebhook, ReplayForm, takeSecret } from "./webhooks-forms.tsx";
import { shownUrl } from "./webhooks-words.tsx";

type Tab = "edit" | "replay";
const TABS = [
  ["edit", "Edit"],
  ["replay", "Replay"],
] as const;

export function WebhookPanel({ webhook, put }: WebhookProps) {
  const [tab, setTab] = useState<Tab>("edit");
  const { webhookId, url } = webhook;
  const { route } = useLocation();
  const { busy, press } = usePressing<"rotate" | "delete">();
  const [failure, setFailure] = useState<Failure>();
  const mayNot = lacks("admin");
  const rotate = () =>
    press("rotate", {
      send: (options) => holdfast.webhooks.edit(webhookId, { rotateSecret: true }, options),
      onDone: (changed) => put(takeSecret(changed)),
      onFailure: setFailure,
    });
  const remove = () =>
    press("delete", {
      send: (options) => holdfast.webhooks.remove(webhookId, options),
      onDone: () => {
        toast(`${shownUrl(url)} deleted`);
        route("/console/webhooks", true);
      },
      onFailure: setFailure,
    });
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
        <Sure button="Rotate secret" busy={busy === "rotate"} disabled={mayNot} onSure={() => void rotate()}>
          <p>A new secret signs from now on; the old one signs too for 24 hours.</p>
        </Sure>
        <Sure button="Delete webhook" busy={busy === "delete"} disabled={mayNot} onSure={() => void remove()}>
          <p>Nothing is sent there any more. Its place, its secret and its deliveries are forgotten.</p>
        </Sure>
        {failure && <FailureNotice failure={failure} />}
      </div>
    </aside>
  );
}
