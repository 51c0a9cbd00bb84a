/**
 * A count: what is on the shelf, as somebody saw it. It is sent with the version that they saw, so that a sale in between is not
 * overwritten; then the form shows what changed, and sends nothing by itself.
 */
import { useRef } from "preact/hooks";
import type { Stock } from "../../client/wire.ts";
import { holdfast } from "../connection.ts";
import { shownNumber } from "../format.ts";
import { Button } from "../parts/button.tsx";
import { Confirm } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { Form, useForm, wholeNumber, type FormState } from "../parts/form.tsx";
import { toast } from "../saying.ts";
import { stock } from "../stock.ts";
import type { ActionFormProps } from "./product-forms.tsx";

type Values = Record<"newQuantity" | "locationId" | "reason" | "force", string>;

export function CountForm({ opened, places, onDone }: ActionFormProps<Stock>) {
  const { product, stock: read } = opened;
  const numbers = stock.of(product.productId);
  /** That the counter saw: of the numbers when they began to write. */
  const seen = useRef<number | undefined>(undefined);
  const form = useForm<Values, Stock>({
    initial: { newQuantity: "", locationId: places[0] ?? "main", reason: "Count", force: "" },
    keep: ["locationId", "reason"],
    send: ({ newQuantity, locationId, reason, force }, options) =>
      holdfast.stock.count(
        product.productId,
        {
          newQuantity: wholeNumber("newQuantity", newQuantity),
          locationId,
          reason,
          ...(seen.current !== undefined && { version: seen.current }),
          ...(force !== "" && { force: true }),
        },
        options,
      ),
    onDone: (answer, { newQuantity, locationId }) => {
      seen.current = undefined;
      toast(`Counted ${shownNumber(wholeNumber("newQuantity", newQuantity))} at ${locationId}`);
      onDone(answer);
    },
  });
  const { failure, values } = form;
  const level = read?.levels.find(({ locationId }) => locationId === values.locationId);
  const quantity = form.field("newQuantity");
  return (
    <Form
      form={form}
      button="Count"
      label="Count"
      scope="stock:write"
      onNewNumbers={() => {
        seen.current = Math.max(failure?.conflict?.current ?? 0, numbers.peek()?.version ?? 0);
        form.forgive();
      }}
    >
      <Field
        {...quantity}
        onValue={(text) => {
          seen.current = text === "" ? undefined : (seen.current ?? numbers.peek()?.version);
          quantity.onValue(text);
        }}
        label="Counted"
        inputMode="numeric"
        required
        hint={
          level && `The book says ${shownNumber(level.onHand)} on hand, ${shownNumber(level.reserved)} held`
        }
      />
      {places.length > 1 && <Field {...form.field("locationId")} label="Location" options={places} />}
      <Field {...form.field("reason")} label="Reason" required />
      {failure?.code === "below_reserved" && (
        <Button kind="quiet" onClick={() => form.set("force", "true")}>
          Count below what is held
        </Button>
      )}
      {values.force !== "" && <BelowHolds name={product.name} form={form} reserved={level?.reserved} />}
    </Form>
  );
}

interface BelowHoldsProps {
  name: string;
  form: FormState<Values>;
  reserved: number | undefined;
}

function BelowHolds({ name, form, reserved }: BelowHoldsProps) {
  const { newQuantity, locationId } = form.values;
  return (
    <Confirm
      title={`Count ${newQuantity} of ${name}`}
      button="Count below holds"
      busy={form.isSending}
      onConfirm={() => void form.submit()}
      onClose={() => form.set("force", "")}
    >
      <p>
        {reserved === undefined ? "More" : shownNumber(reserved)} are held at {locationId}. With fewer on hand
        some of these orders cannot be filled.
      </p>
    </Confirm>
  );
}
