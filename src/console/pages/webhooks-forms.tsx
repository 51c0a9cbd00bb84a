/** A webhook: made, changed, and sent events again. */
import type { Webhook, WebhookWithSecret } from "../../client/wire-operation.ts";
import { holdfast } from "../connection.ts";
import { shownCount, shownNumber } from "../format.ts";
import { CheckList, namesIn } from "../parts/check-list.tsx";
import { Field } from "../parts/field.tsx";
import { Form, useForm, wholeNumber, type FormState } from "../parts/form.tsx";
import { showOnce } from "../parts/secret.tsx";
import { toast } from "../saying.ts";
import { EVENT_TYPES, isEventType, shownUrl } from "./webhooks-words.tsx";

interface Values extends Record<string, string> {
  url: string;
  description: string;
  types: string;
  productIds: string;
}

interface WebhookFormProps {
  onDone: (webhook: Webhook) => void;
}

/** The secret goes to where it is shown once. */
export function takeSecret({ secret, ...webhook }: WebhookWithSecret): Webhook {
  if (secret !== undefined) showOnce({ kind: "secret", of: shownUrl(webhook.url), value: secret });
  return webhook;
}

export function NewWebhook({ onDone }: WebhookFormProps) {
  const form = useForm({
    initial: { url: "", description: "", types: "", productIds: "", fromOffset: "" },
    send: ({ fromOffset, ...values }, options) =>
      holdfast.webhooks.create(
        {
          ...settingsOf(values),
          ...(fromOffset.trim() !== "" && { fromOffset: wholeNumber("fromOffset", fromOffset) }),
        },
        options,
      ),
    onDone: (made) => onDone(takeSecret(made)),
  });
  return (
    <Form form={form} button="Make webhook" label="New webhook" scope="admin">
      <SettingsFields form={form} />
      <Field
        {...form.field("fromOffset")}
        label="From offset"
        inputMode="numeric"
        required={false}
        hint="Empty: from the next event on"
      />
    </Form>
  );
}

export function EditWebhook({ of: webhook, onDone }: WebhookFormProps & { of: Webhook }) {
  const form = useForm({
    initial: valuesOf(webhook),
    send: (values, options) => holdfast.webhooks.edit(webhook.webhookId, settingsOf(values), options),
    onDone: (changed) => {
      form.reset(valuesOf(changed));
      toast("Webhook saved");
      onDone(takeSecret(changed));
    },
  });
  return (
    <Form form={form} button="Save" label="Edit webhook" scope="admin">
      <SettingsFields form={form} />
    </Form>
  );
}

function SettingsFields<V extends Values>({ form }: { form: FormState<V> }) {
  const { types } = form.values;
  return (
    <>
      <Field
        {...form.field("url")}
        label="Address"
        type="url"
        required
        placeholder="https://shop.example/hook"
      />
      <Field {...form.field("description")} label="Description" required={false} />
      <details class="more">
        <summary>
          {types === "" ? "All events" : `Events of ${shownCount(namesIn(types ?? "").length, "type")}`}
        </summary>
        <CheckList
          {...form.field("types")}
          label="Only events of these types"
          options={EVENT_TYPES.map((type) => [type, ""] as const)}
        />
      </details>
      <Field
        {...form.field("productIds")}
        label="Only of these products"
        required={false}
        rows={2}
        hint="Ids, divided by commas. Empty: of all"
      />
    </>
  );
}

function valuesOf({ url, description, types, productIds }: Webhook): Values {
  return {
    url,
    description: description ?? "",
    types: types?.join(" ") ?? "",
    productIds: productIds?.join(", ") ?? "",
  };
}

function settingsOf({ url, description, types, productIds }: Values) {
  const chosen = namesIn(types).filter(isEventType);
  const ids = productIds.split(/[\s,]+/).filter((id) => id !== "");
  return {
    url: url.trim(),
    description: description.trim() || null,
    types: chosen.length === 0 ? null : chosen,
    productIds: ids.length === 0 ? null : ids,
  };
}

export function ReplayForm({ of: { webhookId, nextOffset }, onDone }: WebhookFormProps & { of: Webhook }) {
  const form = useForm({
    initial: { fromOffset: "" },
    send: ({ fromOffset }, options) =>
      holdfast.webhooks.replay(webhookId, wholeNumber("fromOffset", fromOffset), options),
    onDone: (changed) => {
      toast(`Goes on from offset ${changed.nextOffset}`);
      onDone(changed);
    },
  });
  return (
    <Form form={form} button="Replay" label="Replay" scope="admin">
      <p>
        Everything from this offset on is sent again, in order. Receivers know what they had by the event's
        id.
      </p>
      <Field
        {...form.field("fromOffset")}
        label="From offset"
        inputMode="numeric"
        required
        hint={`It is at ${shownNumber(nextOffset)} now`}
      />
    </Form>
  );
}
