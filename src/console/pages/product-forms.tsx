/** Forms that hold units and move stock. Each sends one change; the service decides, and its answer is what is shown. */
import type { Stock } from "../../client/wire.ts";
import { holdfast } from "../connection.ts";
import { FieldFault } from "../failure.ts";
import { shownChange, shownCount } from "../format.ts";
import { Field } from "../parts/field.tsx";
import { Form, useForm, wholeNumber } from "../parts/form.tsx";
import { toast } from "../saying.ts";
import { given } from "./product-hold-form.tsx";
import type { Opened } from "./product-state.ts";

export interface ActionFormProps<A> {
  opened: Opened;
  /** Locations to choose from; never none. */
  places: readonly string[];
  onDone: (answer: A) => void;
}

export function ReceiveForm({ opened: { product }, places, onDone }: ActionFormProps<Stock>) {
  const form = useForm({
    initial: { delta: "", locationId: places[0] ?? "main", reason: "Delivery", reference: "" },
    keep: ["locationId", "reason"],
    send: ({ delta, reason, locationId, reference }, options) =>
      holdfast.stock.adjust(
        product.productId,
        { type: "receipt", delta: wholeNumber("delta", delta), reason, locationId, ...given({ reference }) },
        options,
      ),
    onDone: (stock, { delta, locationId }) => {
      toast(`${shownCount(wholeNumber("delta", delta), "unit")} received at ${locationId}`);
      onDone(stock);
    },
  });
  return (
    <Form form={form} button="Receive" label="Receive" scope="stock:write">
      <Field {...form.field("delta")} label="Quantity" inputMode="numeric" required />
      {places.length > 1 && <Field {...form.field("locationId")} label="Location" options={places} />}
      <Field {...form.field("reason")} label="Reason" required />
      <Field
        {...form.field("reference")}
        label="Reference"
        required={false}
        hint="A delivery note, an invoice"
      />
    </Form>
  );
}

export function TransferForm({ opened: { product }, places, onDone }: ActionFormProps<Stock>) {
  const form = useForm({
    initial: { quantity: "", fromLocationId: places[0] ?? "main", toLocationId: places[1] ?? "", reason: "" },
    keep: ["fromLocationId", "toLocationId"],
    send: ({ quantity, fromLocationId, toLocationId, reason }, options) => {
      const to = toLocationId || places.find((place) => place !== fromLocationId);
      if (to === undefined) throw new FieldFault("toLocationId", "There is no other location yet.");
      return holdfast.stock.transfer(
        product.productId,
        {
          quantity: wholeNumber("quantity", quantity),
          fromLocationId,
          toLocationId: to,
          ...given({ reason }),
        },
        options,
      );
    },
    onDone: (stock, { quantity, fromLocationId, toLocationId }) => {
      const to = toLocationId || places.find((place) => place !== fromLocationId);
      toast(`${shownCount(wholeNumber("quantity", quantity), "unit")} moved to ${to}`);
      onDone(stock);
    },
  });
  if (places.length < 2)
    return (
      <p class="soft">
        There is one location. <a href="/console/locations">Create another</a> to move goods between them.
      </p>
    );
  return (
    <Form form={form} button="Transfer" label="Transfer" scope="stock:write">
      <Field {...form.field("quantity")} label="Quantity" inputMode="numeric" required />
      <Field {...form.field("fromLocationId")} label="From" options={places} />
      <Field
        {...form.field("toLocationId")}
        value={
          form.values.toLocationId || (places.find((place) => place !== form.values.fromLocationId) ?? "")
        }
        label="To"
        options={places}
      />
      <Field {...form.field("reason")} label="Reason" required={false} />
    </Form>
  );
}

const CORRECTIONS = [
  { type: "correction", text: "Correction", sign: 0 },
  { type: "damage", text: "Damaged", sign: -1 },
  { type: "shrinkage", text: "Lost", sign: -1 },
  { type: "sale", text: "Sold elsewhere", sign: -1 },
  { type: "return", text: "Returned", sign: 1 },
] as const;

/** Whoever chose "Damaged" writes how many, with or without the sign that it has. */
function changeOf(chosen: string, text: string) {
  const { type, sign } = CORRECTIONS.find((one) => one.type === chosen) ?? CORRECTIONS[0];
  const written = wholeNumber("delta", text);
  return { type, delta: sign === 0 ? written : sign * Math.abs(written) };
}

export function CorrectForm({ opened: { product }, places, onDone }: ActionFormProps<Stock>) {
  const form = useForm({
    initial: { type: "correction", delta: "", locationId: places[0] ?? "main", reason: "", reference: "" },
    keep: ["type", "locationId"],
    send: ({ type: chosen, delta: text, reason, locationId, reference }, options) => {
      const body = { ...changeOf(chosen, text), reason, locationId, ...given({ reference }) };
      return holdfast.stock.adjust(product.productId, body, options);
    },
    onDone: (stock, { type, delta }) => {
      toast(`Corrected: ${shownChange(changeOf(type, delta).delta)}`);
      onDone(stock);
    },
  });
  const isSigned = form.values.type === "correction";
  return (
    <Form form={form} button="Correct" label="Correct" scope="stock:write">
      <Field
        {...form.field("type")}
        label="What happened"
        options={CORRECTIONS.map(({ type, text }) => [type, text] as const)}
      />
      <Field
        {...form.field("delta")}
        label={isSigned ? "Change" : "Quantity"}
        hint={isSigned ? "With a minus sign where there are fewer" : undefined}
        required
      />
      {places.length > 1 && <Field {...form.field("locationId")} label="Location" options={places} />}
      <Field {...form.field("reason")} label="Reason" required />
      <Field {...form.field("reference")} label="Reference" required={false} />
    </Form>
  );
}
