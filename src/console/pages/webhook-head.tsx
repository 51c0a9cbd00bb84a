/** What a webhook is called and sent, how it fares, and what takes one press: a test, on and off. */
import { useState } from "preact/hooks";
import type { Webhook, WebhookTest } from "../../client/wire-operation.ts";
import { holdfast } from "../connection.ts";
import type { Failure } from "../failure.ts";
import { shownCount } from "../format.ts";
import { Back } from "../parts/back.tsx";
import { Button } from "../parts/button.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { useHeading } from "../parts/page.tsx";
import { usePressing } from "../pressing.ts";
import { toast } from "../saying.ts";
import { lacks } from "../session.ts";
import { takeSecret } from "./webhooks-forms.tsx";
import { shownUrl, WebhookState } from "./webhooks-words.tsx";

export interface WebhookProps {
  webhook: Webhook;
  put: (webhook: Webhook) => void;
}

export function WebhookHead({ webhook, put, onTried }: WebhookProps & { onTried: () => void }) {
  const { url, description, webhookId, types, productIds } = webhook;
  const heading = useHeading(shownUrl(url));
  const { busy, press } = usePressing<"test" | "enable">();
  const [failure, setFailure] = useState<Failure>();
  const isActive = webhook.status === "active";
  const mayNot = lacks("admin");
  const test = () =>
    press("test", {
      send: (options) => holdfast.webhooks.test(webhookId, options),
      onDone: (answer) => {
        toast(shownTest(answer));
        setFailure(undefined);
        onTried();
      },
      onFailure: setFailure,
    });
  const enable = () =>
    press("enable", {
      send: (options) =>
        holdfast.webhooks.edit(webhookId, { status: isActive ? "disabled" : "active" }, options),
      onDone: (changed) => {
        setFailure(undefined);
        put(takeSecret(changed));
      },
      onFailure: setFailure,
    });
  const facts = [
    description,
    types === null ? "all events" : types.join(", "),
    productIds === null ? "all products" : shownCount(productIds.length, "product"),
  ];
  return (
    <>
      <header class="product-head">
        <Back to="/console/webhooks">Webhooks</Back>
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
            <Button size="compact" busy={busy === "test"} disabled={mayNot} onClick={() => void test()}>
              Send test
            </Button>
            <Button
              size="compact"
              busy={busy === "enable"}
              disabled={mayNot}
              kind={isActive ? "plain" : "primary"}
              onClick={() => void enable()}
            >
              {isActive ? "Disable" : "Enable"}
            </Button>
          </div>
        </div>
      </header>
      {failure && <FailureNotice failure={failure} />}
    </>
  );
}

function shownTest({ delivered, httpStatus, error, durationMs }: WebhookTest): string {
  if (delivered) return `Test delivered in ${durationMs} ms`;
  return `Test not delivered: ${httpStatus === null ? (error ?? "no answer") : `answered ${httpStatus}`}`;
}
