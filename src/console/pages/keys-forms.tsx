/** A key: made, and rotated with the same rights while the one before goes on for a while. */
import type { ManagedKey, ManagedKeyWithSecret, Scope } from "../../client/wire-operation.ts";
import { holdfast } from "../connection.ts";
import { CheckList, namesIn } from "../parts/check-list.tsx";
import { Field } from "../parts/field.tsx";
import { Form, useForm } from "../parts/form.tsx";
import { showOnce } from "../parts/secret.tsx";

const SCOPES: readonly (readonly [Scope, string])[] = [
  ["catalog:read", "catalog, search, prices"],
  ["stock:read", "numbers of products"],
  ["reservations:write", "hold, and resolve its own holds"],
  ["reservations:read", "all holds and orders"],
  ["stock:write", "edit, count, receive, transfer"],
  ["events:read", "events, movements, reports"],
  ["admin", "everything"],
];

const DAY_MS = 86_400_000;
const LIFETIMES = [
  ["", "Until it is revoked"],
  ["1", "A day"],
  ["30", "30 days"],
  ["90", "90 days"],
  ["365", "A year"],
] as const;

interface KeyFormProps {
  onDone: (key: ManagedKey) => void;
}

function take({ key, ...made }: ManagedKeyWithSecret, onDone: KeyFormProps["onDone"]): void {
  showOnce({ kind: "key", of: made.name, value: key });
  onDone(made);
}

export function NewKey({ onDone }: KeyFormProps) {
  const form = useForm({
    initial: { name: "", scopes: "", origins: "", expiresAt: "" },
    send: ({ name, scopes, origins, expiresAt }, options) => {
      const from = origins.split(/[\s,]+/).filter((origin) => origin !== "");
      const wanted = new Set(namesIn(scopes));
      return holdfast.keys.create(
        {
          name: name.trim(),
          origins: from.length === 0 ? null : from,
          ...(wanted.size > 0 && { scopes: SCOPES.flatMap(([scope]) => (wanted.has(scope) ? scope : [])) }),
          expiresAt: expiresAt === "" ? null : new Date(lastsUntilMs(Number(expiresAt))).toISOString(),
        },
        options,
      );
    },
    onDone: (made) => take(made, onDone),
  });
  return (
    <Form form={form} button="Make key" label="New key" scope="admin">
      <Field
        {...form.field("name")}
        label="Name"
        required
        hint="Who uses it: Shop, Anna, Warehouse scanner"
      />
      <CheckList {...form.field("scopes")} label="May" options={SCOPES} />
      <Field
        {...form.field("origins")}
        label="Only from these pages"
        required={false}
        rows={2}
        placeholder="https://shop.example"
        hint="For a key that stands in a page. It may then read the catalog and stock, and make holds."
      />
      <Field {...form.field("expiresAt")} label="Works" options={LIFETIMES} />
    </Form>
  );
}

/** To the whole minute, so that a second press of the button sends the same. */
function lastsUntilMs(days: number): number {
  return Math.ceil(Date.now() / 60_000) * 60_000 + days * DAY_MS;
}

const OVERLAPS = [
  ["0", "No longer"],
  ["3600", "An hour"],
  ["86400", "A day"],
  ["604800", "A week"],
  ["2592000", "30 days"],
] as const;

export function RotateKey({ of: { keyId, name }, onDone }: KeyFormProps & { of: ManagedKey }) {
  const form = useForm({
    initial: { overlapSeconds: "86400" },
    send: ({ overlapSeconds }, options) =>
      holdfast.keys.rotate(keyId, { overlapSeconds: Number(overlapSeconds) }, options),
    onDone: (made) => take(made, onDone),
  });
  return (
    <Form form={form} button="Rotate key" label={`Rotate ${name}`} scope="admin">
      <p>
        <strong>{name}</strong> gets a new key with the same rights and the same id, so what it made stays its
        own.
      </p>
      <Field
        {...form.field("overlapSeconds")}
        label="The key as it is works for"
        options={OVERLAPS}
        hint="Time enough to put the new one everywhere."
      />
    </Form>
  );
}
