/** What else can be done with a product than to hold it. All are there, and keep what was typed; one is shown. */
import type { Stock } from "../../client/wire.ts";
import { CountForm } from "./product-count.tsx";
import { CorrectForm, ReceiveForm, TransferForm, type ActionFormProps } from "./product-forms.tsx";

export function FurtherForms({ action, ...form }: ActionFormProps<Stock> & { action: string }) {
  return (
    <>
      <div hidden={action !== "count"}>
        <CountForm {...form} />
      </div>
      <div hidden={action !== "receive"}>
        <ReceiveForm {...form} />
      </div>
      <div hidden={action !== "transfer"}>
        <TransferForm {...form} />
      </div>
      <div hidden={action !== "correct"}>
        <CorrectForm {...form} />
      </div>
    </>
  );
}
