/** The catalog fields of a product. Only what was changed is sent, with the version that was seen. */
import { useRef } from "preact/hooks";
import type { AttributeValue, Product } from "../../client/wire.ts";
import type { ProductPatch } from "../../client/wire-requests.ts";
import { holdfast } from "../connection.ts";
import { FieldFault } from "../failure.ts";
import { Field } from "../parts/field.tsx";
import { Form, useForm, wholeNumber, type FormState } from "../parts/form.tsx";
import { STATUS_WORDS } from "../parts/state.tsx";
import { toast } from "../saying.ts";
import { DeleteProduct } from "./product-delete.tsx";
import type { Opened } from "./product-state.ts";

const STATUSES = ["active", "inactive", "suspended", "discontinued"] as const;

/** The form, and what takes the product away. */
export function EditProduct({ opened, onDone }: { opened: Opened; onDone: (product: Product) => void }) {
  return (
    <>
      <EditForm opened={opened} onDone={onDone} />
      <div class="after-form">
        <DeleteProduct opened={opened} />
      </div>
    </>
  );
}

function EditForm({ opened: { product }, onDone }: { opened: Opened; onDone: (product: Product) => void }) {
  const seen = useRef(product);
  const form = useForm({
    initial: valuesOf(product),
    send: (values, options) => {
      const patch = patchOf(values, valuesOf(seen.current), seen.current);
      return holdfast.products.edit(product.productId, { ...patch, version: seen.current.version }, options);
    },
    onDone: (changed) => {
      seen.current = changed;
      form.reset(valuesOf(changed));
      toast(`${changed.name} saved`);
      onDone(changed);
    },
  });
  return (
    <Form
      form={form}
      button="Save"
      label="Edit"
      scope="stock:write"
      onNewNumbers={() => {
        seen.current = product;
        form.forgive();
      }}
    >
      <Fields form={form} />
    </Form>
  );
}

type Values = Record<
  | "name"
  | "status"
  | "kind"
  | "description"
  | "price.amount"
  | "price.currency"
  | "minimumStockLevel"
  | "maximumStockLevel"
  | "maxPerCustomer"
  | "barcode"
  | "imageUrl"
  | "tags"
  | "attributes",
  string
>;

function Fields({ form }: { form: FormState<Values> }) {
  return (
    <>
      <Field {...form.field("name")} label="Name" required />
      <Field
        {...form.field("status")}
        label="Status"
        options={STATUSES.map((status) => [status, STATUS_WORDS[status]] as const)}
      />
      <Field {...form.field("kind")} label="Kind" />
      <Field {...form.field("description")} label="Description" rows={3} required={false} />
      <div class="pair">
        <Field {...form.field("price.amount")} label="Price" inputMode="decimal" required={false} />
        <Field {...form.field("price.currency")} label="Currency" />
      </div>
      <div class="pair">
        <Field {...form.field("minimumStockLevel")} label="Low below" inputMode="numeric" />
        <Field {...form.field("maximumStockLevel")} label="High above" inputMode="numeric" />
      </div>
      <Field
        {...form.field("maxPerCustomer")}
        label="Most for one customer"
        inputMode="numeric"
        required={false}
      />
      <Field {...form.field("barcode")} label="Barcode" required={false} />
      <Field
        {...form.field("imageUrl")}
        label="Picture"
        type="url"
        required={false}
        hint="An https address"
      />
      <Field {...form.field("tags")} label="Tags" required={false} hint="Divided by commas" />
      <Field {...form.field("attributes")} label="Attributes" rows={4} hint="One a line: theme = Star Wars" />
    </>
  );
}

function valuesOf(product: Product): Values {
  const { name, status, kind, description, price, barcode, imageUrl, tags, attributes } = product;
  return {
    name,
    status,
    kind,
    description: description ?? "",
    "price.amount": price?.amount ?? "",
    "price.currency": price?.currency ?? "USD",
    minimumStockLevel: String(product.minimumStockLevel),
    maximumStockLevel: product.maximumStockLevel?.toString() ?? "",
    maxPerCustomer: product.maxPerCustomer?.toString() ?? "",
    barcode: barcode ?? "",
    imageUrl: imageUrl ?? "",
    tags: tags.join(", "),
    attributes: Object.entries(attributes)
      .map(([attribute, value]) => `${attribute} = ${String(value)}`)
      .join("\n"),
  };
}

function patchOf(values: Values, before: Values, product: Product): ProductPatch {
  const changed = (name: keyof Values) => values[name] !== before[name];
  const text = (name: keyof Values) => values[name].trim() || null;
  const number = (name: keyof Values) =>
    values[name].trim() === "" ? null : wholeNumber(name, values[name]);
  const patch: ProductPatch = {};
  if (changed("name")) patch.name = values.name;
  if (changed("kind")) patch.kind = values.kind.trim();
  if (changed("description")) patch.description = text("description");
  if (changed("barcode")) patch.barcode = text("barcode");
  if (changed("imageUrl")) patch.imageUrl = text("imageUrl");
  if (changed("minimumStockLevel")) patch.minimumStockLevel = number("minimumStockLevel") ?? 0;
  if (changed("maximumStockLevel")) patch.maximumStockLevel = number("maximumStockLevel");
  if (changed("maxPerCustomer")) patch.maxPerCustomer = number("maxPerCustomer");
  if (changed("tags")) patch.tags = values.tags.split(",").flatMap((tag) => tag.trim() || []);
  if (changed("attributes")) patch.attributes = attributesOf(values.attributes, product);
  const status = STATUSES.find((one) => one === values.status);
  if (changed("status") && status) patch.status = status;
  if (changed("price.amount") || changed("price.currency")) {
    const amount = text("price.amount");
    patch.price = amount === null ? null : { amount, currency: values["price.currency"].trim() };
  }
  return patch;
}

/** Those that are gone become null, which takes them away. */
function attributesOf(text: string, product: Product): Record<string, AttributeValue | null> {
  const lines = text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line]));
  const entries = lines.map((line): [string, AttributeValue] => {
    const [, name = "", value = ""] = /^([^=]+)=(.*)$/.exec(line) ?? [];
    if (name.trim() === "")
      throw new FieldFault("attributes", `“${line.trim()}” is not of the form name = value.`);
    return [name.trim(), valueOf(value.trim(), product.attributes[name.trim()])];
  });
  const gone = Object.keys(product.attributes).map((name) => [name, null] as const);
  return { ...Object.fromEntries(gone), ...Object.fromEntries(entries) };
}

/** What was a text stays one, even where it looks like a number. */
function valueOf(text: string, before: AttributeValue | undefined): AttributeValue {
  if (typeof before === "string") return text;
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && String(Number(text)) === text ? Number(text) : text;
}
