/** Products by their ids at a source: asked for, and what became of each. */
import type { SourceImport, SourceName } from "../../client/wire-operation.ts";
import { holdfast } from "../connection.ts";
import { FieldFault } from "../failure.ts";
import { shownCount, shownNumber } from "../format.ts";
import { productPath } from "../navigation.ts";
import { Field } from "../parts/field.tsx";
import { Form, useForm } from "../parts/form.tsx";
import { State } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { toast } from "../saying.ts";
import { SOURCE_WORDS } from "./sources-words.ts";

export interface SourceImportFormProps {
  names: readonly SourceName[];
  onDone: (from: SourceName, answer: SourceImport) => void;
}

/** As the service's source of sets and coins knows them. */
const EXAMPLES: Record<SourceName, string> = {
  coingecko: "bitcoin, ethereum",
  rebrickable: "75192-1, 10281-1",
};

export function SourceImportForm({ names, onDone }: SourceImportFormProps) {
  const form = useForm({
    initial: { name: "", externalIds: "" },
    keep: ["name"],
    send: async ({ name, externalIds }, options) => {
      const from = names.find((one) => one === name) ?? names[0];
      const ids = externalIds.split(/[\s,]+/).filter((id) => id !== "");
      if (!from || ids.length === 0) throw new FieldFault("externalIds", "Write at least one id.");
      return { from, answer: await holdfast.sources.import(from, ids, options) };
    },
    onDone: ({ from, answer }) => {
      const { requested, errors } = answer.summary;
      toast(`${shownNumber(requested - errors)} of ${shownCount(requested, "product")} imported`);
      onDone(from, answer);
    },
  });
  const chosen = names.find((one) => one === form.values.name) ?? names[0];
  return (
    <Form form={form} button="Import" label="Import by id" scope="admin">
      <Field
        {...form.field("name")}
        value={chosen ?? ""}
        label="Source"
        options={names.map((name) => [name, SOURCE_WORDS[name]] as const)}
      />
      <Field
        {...form.field("externalIds")}
        label="Ids there"
        rows={4}
        required
        placeholder={chosen ? EXAMPLES[chosen] : ""}
        hint="Divided by commas, spaces or lines. A product that is there is updated."
      />
    </Form>
  );
}

const COLUMNS: readonly Column[] = [{ text: "Id there" }, { text: "Product" }, { text: "Result" }];

const RESULTS = { created: "Created", updated: "Updated", unchanged: "As before" } as const;

export function ImportedRows({
  from,
  answer: { results, summary },
}: {
  from: SourceName;
  answer: SourceImport;
}) {
  return (
    <section aria-labelledby="imported">
      <div class="section-head">
        <h2 id="imported">Imported from {SOURCE_WORDS[from]}</h2>
        <span class="soft">
          {shownNumber(summary.requested - summary.errors)} of {shownNumber(summary.requested)}
        </span>
      </div>
      <Table caption={`Products from ${SOURCE_WORDS[from]}`} columns={COLUMNS}>
        {results.map(({ externalId, productId, result, error }) => (
          <tr key={externalId}>
            <th scope="row">{externalId}</th>
            <td>
              {productId === null ? (
                <span class="soft">–</span>
              ) : (
                <a href={productPath(productId)}>{productId}</a>
              )}
            </td>
            <td class="reason">
              {result === "error" ? (
                <>
                  <State shape="square" tone="bad">
                    Refused
                  </State>{" "}
                  {error?.detail}
                </>
              ) : (
                RESULTS[result]
              )}
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
