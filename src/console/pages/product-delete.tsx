/** Deleting a product: what is there is named first, and where something is, a reason is asked for. */
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { holdfast } from "../connection.ts";
import { shownNumber } from "../format.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { Form, useForm } from "../parts/form.tsx";
import { toast } from "../saying.ts";
import { stock } from "../stock.ts";
import type { Opened } from "./product-state.ts";

export function DeleteProduct({ opened }: { opened: Opened }) {
  const [isAsked, setAsked] = useState(false);
  return (
    <>
      <Button kind="quiet" onClick={() => setAsked(true)}>
        Delete product
      </Button>
      {isAsked && <Ask opened={opened} onClose={() => setAsked(false)} />}
    </>
  );
}

function Ask({ opened: { product }, onClose }: { opened: Opened; onClose: () => void }) {
  const { productId, name } = product;
  const { route } = useLocation();
  const numbers = stock.of(productId).value;
  const isUsed = numbers === undefined || numbers.onHand !== 0 || numbers.reserved !== 0;
  const form = useForm({
    initial: { reason: "" },
    send: ({ reason }, options) =>
      holdfast.products.remove(productId, isUsed ? { force: true, reason: reason.trim() } : {}, options),
    onDone: () => {
      toast(`${name} deleted`);
      route("/");
    },
  });
  return (
    <Dialog title={`Delete ${name}`} isSheet onClose={onClose}>
      <p>
        {numbers && isUsed
          ? `${shownNumber(numbers.onHand)} are on hand and ${shownNumber(numbers.reserved)} held. They go with it. `
          : "Its history stays in the book. "}
        <code>{productId}</code> may be created again later.
      </p>
      <Form form={form} button="Delete product" label="Delete" scope="admin">
        {isUsed && <Field {...form.field("reason")} label="Reason" required />}
      </Form>
    </Dialog>
  );
}
