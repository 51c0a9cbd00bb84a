/** A catalog entry on the wire: as it is read, as it is made and as it is patched. */
import { PRODUCT_SORTS } from "../../d1/product-list";
import { CURRENCY, DECIMAL, normalizeAmount, plainDecimal } from "../../domain/money";
import { AVAILABILITIES, PRODUCT_STATUSES, type CatalogFields } from "../../domain/product";
import type { ProductView } from "../../domain/views";
import { freeJson, isWellFormed, RESERVED_NAMES, WELL_FORMED } from "../schemas/free-json";
import {
  cursor,
  isPlainText,
  limit,
  newProductId,
  nonNegative,
  PLAIN_TEXT,
  productId,
  quantity,
  text,
  timestamp,
  version,
} from "../schemas/primitives";
import {
  MAX_ATTRIBUTE_CHARS,
  MAX_ATTRIBUTES,
  MAX_BARCODE_CHARS,
  MAX_DESCRIPTION_CHARS,
  MAX_NAME_CHARS,
  MAX_REFERENCE_CHARS,
  MAX_TAG_CHARS,
  MAX_TAGS,
  MAX_URL_CHARS,
} from "../wire-limits";
import * as z from "../zod";

/** A name that can stand in `attr.<name>=` and in a column's head. */
export const ATTRIBUTE_NAME =
  /^(?!(?:__proto__|constructor|prototype)$)[\p{L}\p{N}_][\p{L}\p{N}_ .:/-]{0,63}$/u;

export const kind = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "must be 1 to 64 of A-Z a-z 0-9 . _ -")
  .openapi({ example: "set" });
export const status = z.enum(PRODUCT_STATUSES);
export const barcode = text(MAX_BARCODE_CHARS);
/** No bar: it divides the tags of a CSV cell. */
export const tag = text(MAX_TAG_CHARS).refine((value) => !value.includes("|"), "may not contain |");

export const amount = z
  .union([z.string(), z.number()], { error: "must be a decimal, as a string or a number" })
  .transform((value) => plainDecimal(String(value)))
  .refine(
    (value) => DECIMAL.test(value),
    "must be a decimal of at most 15 digits and 18 places, not negative",
  )
  .transform(normalizeAmount)
  .openapi({
    type: ["string", "number"],
    example: "649.99",
    description: "At most 15 digits before and 18 after the point; also as `1.5e-7`.",
  });

export const price = z.strictObject({
  amount,
  currency: z.string().regex(CURRENCY, "must be 3 to 10 capital letters").openapi({ example: "USD" }),
});

const attributeText = z.string().max(MAX_ATTRIBUTE_CHARS).refine(isPlainText, PLAIN_TEXT);
const attributeValue = z.union([attributeText, z.number(), z.boolean()], {
  error: `must be a string of at most ${MAX_ATTRIBUTE_CHARS} characters, a number or a boolean`,
});
const attributeName = z
  .string()
  .regex(ATTRIBUTE_NAME, "must be 1 to 64 letters, digits, spaces or _ . : / -");

/** By name, at most so many. */
function attributesOf<Value extends z.ZodType>(value: Value) {
  return freeJson(z.record(attributeName, value).refine(few, FEW));
}

function few(attributes: object): boolean {
  return Object.keys(attributes).length <= MAX_ATTRIBUTES;
}
const FEW = `may have at most ${MAX_ATTRIBUTES} names`;
const NAMES =
  `At most ${MAX_ATTRIBUTES} names of 1 to 64 letters, digits, spaces or \`_ . : / -\`; ` +
  `none may be ${RESERVED_NAMES.join(", ")}. Texts have at most ${MAX_ATTRIBUTE_CHARS} characters.`;

const imageUrl = z
  .url({ protocol: /^https?$/, error: "must be an http or https address" })
  .max(MAX_URL_CHARS)
  .refine(isWellFormed, WELL_FORMED);
const description = z
  .string()
  .max(MAX_DESCRIPTION_CHARS)
  .refine(isPlainText, PLAIN_TEXT)
  .transform(emptyIsNull);

const catalogShape = {
  kind: z.maybe(kind),
  description: z.maybe(description.nullable()),
  status: z.maybe(status),
  barcode: z.maybe(barcode.nullable()),
  imageUrl: z.maybe(imageUrl.nullable()),
  tags: z.maybe(
    z
      .array(tag)
      .max(MAX_TAGS)
      .transform((tags) => [...new Set(tags)]),
  ),
  price: z.maybe(price.nullable()),
  source: z.maybe(
    z.strictObject({ name: text(MAX_REFERENCE_CHARS), externalId: text(MAX_REFERENCE_CHARS) }).nullable(),
  ),
  minimumStockLevel: z.maybe(nonNegative),
  maximumStockLevel: z.maybe(nonNegative.nullable()),
  maxPerCustomer: z.maybe(quantity.nullable()),
} satisfies Record<Exclude<keyof CatalogFields, "name" | "attributes">, z.ZodType>;

function emptyIsNull(value: string): string | null {
  return value.trim() === "" ? null : value;
}

export const productName = text(MAX_NAME_CHARS);

/** Also one row of an import. */
export const newProduct = z
  .strictObject({
    productId: newProductId,
    name: productName,
    ...catalogShape,
    attributes: z.maybe(attributesOf(attributeValue)).describe(NAMES),
  })
  .openapi("NewProduct");

export const productPatch = z
  .strictObject({
    name: z.maybe(productName),
    ...catalogShape,
    attributes: z
      .maybe(attributesOf(attributeValue.nullable()))
      .describe(`Merged by name; null removes one. ${NAMES}`),
    version: z.maybe(version),
  })
  .openapi("ProductPatch");

export const money = z.object({ amount: z.string(), currency: z.string() });

export const quote = z
  .object({
    amount: z.string(),
    currency: z.string(),
    source: z.string(),
    at: timestamp,
    ageSeconds: z.int().min(0),
    stale: z.boolean().describe("Too old to go by; how old that is depends on the source."),
    change24hPercent: z.string().nullable(),
    marketCap: z.string().nullable(),
    volume24h: z.string().nullable(),
  })
  .openapi("Quote");

export const product = z
  .object({
    productId,
    kind: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    status,
    barcode: z.string().nullable(),
    imageUrl: z.string().nullable(),
    tags: z.array(z.string()),
    attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    price: money.nullable(),
    quote: quote
      .nullable()
      .describe(
        "The newest market price. Null where there is none, and in answers of changes, which do not look.",
      ),
    source: z.object({ name: z.string(), externalId: z.string() }).nullable(),
    minimumStockLevel: nonNegative,
    maximumStockLevel: nonNegative.nullable(),
    maxPerCustomer: quantity.nullable(),
    availability: z.enum(AVAILABILITIES),
    version,
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .openapi("Product") satisfies z.ZodType<ProductView>;

const priceParam = z
  .maybe(z.string().regex(DECIMAL, "must be a decimal such as 19.99").transform(Number))
  .openapi({ type: "string", pattern: DECIMAL.source, example: "19.99" });

/** Of a list of products, whatever it shows of them. */
export const productFilters = {
  kind: z.maybe(kind),
  status: z.maybe(status),
  tag: z.maybe(tag),
  barcode: z.maybe(barcode),
  minPrice: priceParam,
  maxPrice: priceParam,
  availability: z.maybe(z.enum(AVAILABILITIES)),
  attributes: z.maybe(attributesOf(z.string())),
  sort: z
    .maybe(z.enum(PRODUCT_SORTS))
    .describe("By productId when it is left out. Products without a price come last in both directions."),
  limit,
  cursor,
};
