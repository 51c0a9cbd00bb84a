/** Units set aside for a cart or an order. */
import type { Reservation } from "../../client/wire.ts";
import { holdfast } from "../connection.ts";
import { FieldFault } from "../failure.ts";
import { shownCount } from "../format.ts";
import { Field } from "../parts/field.tsx";
import { Form, useForm, wholeNumber } from "../parts/form.tsx";
import { toast } from "../saying.ts";
import type { ActionFormProps } from "./product-forms.tsx";

/** Left empty, a field is not sent. */
export function given(texts: Record<string, string>): Record<string, string> {
  const trimmed = Object.entries(texts).map(([name, text]) => [name, text.trim()] as const);
  return Object.fromEntries(trimmed.filter(([, text]) => text !== ""));
}

const ANYWHERE = ["", "Any, by priority"] as const;

export function HoldForm({ opened: { product }, places, onDone }: ActionFormProps<Reservation>) {
  const form = useForm({
    initial: { quantity: "1", orderId: "", customerId: "", locationId: "", ttlSeconds: "15" },
    keep: ["locationId", "ttlSeconds"],
    send: ({ quantity, ttlSeconds, orderId, customerId, locationId }, options) =>
      holdfast.reserve(
        product.productId,
        {
          quantity: wholeNumber("quantity", quantity),
          ttlSeconds: secondsOf(ttlSeconds),
          ...given({ orderId, customerId, locationId }),
        },
        options,
      ),
    onDone: (hold) => {
      toast(`${shownCount(hold.held, "unit")} held at ${hold.locationId}`);
      onDone(hold);
    },
  });
  return (
    <Form form={form} button="Hold" label="Hold" scope="reservations:write">
      <Field {...form.field("quantity")} label="Quantity" inputMode="numeric" required />
      <Field {...form.field("orderId")} label="Order" required={false} />
      <Field {...form.field("customerId")} label="Customer" required={product.maxPerCustomer !== null} />
      {places.length > 1 && (
        <Field {...form.field("locationId")} label="Location" options={[ANYWHERE, ...places]} />
      )}
      <Field
        {...form.field("ttlSeconds")}
        label="Keep for, minutes"
        inputMode="decimal"
        hint="Empty: until it is confirmed or released"
      />
    </Form>
  );
}

/** null: it does not expire. */
function secondsOf(minutes: string): number | null {
  if (minutes.trim() === "") return null;
  const seconds = Math.round(Number(minutes) * 60);
  if (!Number.isFinite(seconds)) throw new FieldFault("ttlSeconds", "Write a number of minutes.");
  return seconds;
}
