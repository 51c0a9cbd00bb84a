/** A catalog entry on the wire: as it is read, as it is made and as it is patched. */
import { PRODUCT_SORTS } from "../../d1/product-order";
import { CURRENCY, DECIMAL, normalizeAmount, plainDecimal } from "../../domain/money";
import { AVAILABILITIES, catalogSchema, PRODUCT_STATUSES, type CatalogFields } from "../../domain/product";
import type { ProductView } from "../../domain/views";
import { MAX_FACETS } from "../../limits/search";
import { isFacet } from "../../search/facets";
import { freeJson, RESERVED_NAMES, WELL_FORMED } from "../schemas/free-json";
import * as field from "../schemas/primitives";
import * as limits from "../wire-limits";
import * as z from "../zod";

/** A name that can stand in `attr.<name>=` and in a column's head. */
export const ATTRIBUTE_NAME =
  /^(?!(?:__proto__|constructor|prototype)$)[\p{L}\p{N}_][\p{L}\p{N}_ .:/-]{0,63}$/u;

const kind = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "must be 1 to 64 of A-Z a-z 0-9 . _ -")
  .openapi({ example: "set" });
const status = z.enum(PRODUCT_STATUSES);
const barcode = field.text(limits.MAX_BARCODE_CHARS);
/** No bar: it divides the tags of a CSV cell. */
const tag = field.text(limits.MAX_TAG_CHARS).refine((value) => !value.includes("|"), "may not contain |");

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

const attributeText = z.string().max(limits.MAX_ATTRIBUTE_CHARS).refine(field.isPlainText, field.PLAIN_TEXT);
const attributeValue = z.union([attributeText, z.number(), z.boolean()], {
  error: `must be a string of at most ${limits.MAX_ATTRIBUTE_CHARS} characters, a number or a boolean`,
});
const attributeName = z
  .string()
  .regex(ATTRIBUTE_NAME, "must be 1 to 64 letters, digits, spaces or _ . : / -");

/** By name, at most so many. */
function attributesOf<Value extends z.ZodType>(value: Value) {
  const few = (attributes: object) => Object.keys(attributes).length <= limits.MAX_ATTRIBUTES;
  return freeJson(
    z.record(attributeName, value).refine(few, `may have at most ${limits.MAX_ATTRIBUTES} names`),
  );
}

const NAMES =
  `At most ${limits.MAX_ATTRIBUTES} names of 1 to 64 letters, digits, spaces or \`_ . : / -\`; ` +
  `none may be ${RESERVED_NAMES.join(", ")}. Texts have at most ${limits.MAX_ATTRIBUTE_CHARS} characters.`;

const imageUrl = z
  .url({ protocol: /^https?$/, error: "must be an http or https address" })
  .max(limits.MAX_URL_CHARS)
  .refine((address) => address.isWellFormed(), WELL_FORMED);
const description = z
  .string()
  .max(limits.MAX_DESCRIPTION_CHARS)
  .refine(field.isPlainText, field.PLAIN_TEXT)
  .transform((value) => (value.trim() === "" ? null : value));

const catalogShape = {
  kind: z.maybe(kind),
  description: z.maybe(description.nullable()),
  status: z.maybe(status),
  barcode: z.maybe(barcode.nullable()),
  imageUrl: z.maybe(imageUrl.nullable()),
  tags: z.maybe(
    z
      .array(tag)
      .max(limits.MAX_TAGS)
      .transform((tags) => [...new Set(tags)]),
  ),
  price: z.maybe(price.nullable()),
  source: z.maybe(z.strictObject({ name: field.reference, externalId: field.reference }).nullable()),
  minimumStockLevel: z.maybe(field.nonNegative),
  maximumStockLevel: z.maybe(field.nonNegative.nullable()),
  maxPerCustomer: z.maybe(field.quantity.nullable()),
} satisfies Record<Exclude<keyof CatalogFields, "name" | "attributes">, z.ZodType>;

export const productName = field.text(limits.MAX_NAME_CHARS);

/** Also one row of an import. */
export const newProduct = z.strictComponent("NewProduct", {
  productId: field.newProductId,
  name: productName,
  ...catalogShape,
  attributes: z.maybe(attributesOf(attributeValue)).describe(NAMES),
});

export const productPatch = z.strictComponent("ProductPatch", {
  name: z.maybe(productName),
  ...catalogShape,
  attributes: z
    .maybe(attributesOf(attributeValue.nullable()))
    .describe(`Merged by name; null removes one. ${NAMES}`),
  version: z.maybe(field.version),
});

/** Those after `quote` are omitted here and follow in the order of the document. */
const entry = catalogSchema.omit({
  source: true,
  minimumStockLevel: true,
  maximumStockLevel: true,
  maxPerCustomer: true,
});

export const quote = z.component("Quote", {
  amount: z.string(),
  currency: z.string(),
  source: z.string(),
  at: field.timestamp,
  ageSeconds: z.int().min(0),
  stale: z.boolean().describe("Too old to go by; how old that is depends on the source."),
  change24hPercent: z.string().nullable(),
  marketCap: z.string().nullable(),
  volume24h: z.string().nullable(),
});

export const product = z.component("Product", {
  productId: field.productId,
  ...entry.shape,
  quote: quote
    .nullable()
    .describe(
      "The newest market price. Null where there is none, and in answers of changes, which do not look.",
    ),
  source: catalogSchema.shape.source,
  minimumStockLevel: field.nonNegative,
  maximumStockLevel: field.nonNegative.nullable(),
  maxPerCustomer: field.quantity.nullable(),
  availability: z.enum(AVAILABILITIES),
  version: field.version,
  createdAt: field.timestamp,
  updatedAt: field.timestamp,
}) satisfies z.ZodType<ProductView>;

const priceParam = z
  .maybe(z.string().regex(DECIMAL, "must be a decimal such as 19.99").transform(Number))
  .openapi({ type: "string", pattern: DECIMAL.source, example: "19.99" });

const q = z
  .maybe(
    z
      .string()
      .trim()
      .max(limits.MAX_QUERY_CHARS)
      .refine((text) => text.isWellFormed(), WELL_FORMED),
  )
  .describe(
    "Words of the name, the id, tags, attributes or description, or their beginnings, without regard to case and accents; " +
      "one slip in a word is forgiven. The best matches come first.",
  );

/** Of a list of products, whatever it shows of them. */
export const productFilters = {
  q,
  kind: z.maybe(kind),
  status: z.maybe(status),
  tag: z.maybe(tag),
  barcode: z.maybe(barcode),
  minPrice: priceParam,
  maxPrice: priceParam,
  createdAfter: z.maybe(field.momentParam),
  updatedAfter: z.maybe(field.momentParam),
  availability: z.maybe(z.enum(AVAILABILITIES)),
  attributes: z.maybe(attributesOf(z.string())),
  sort: z
    .maybe(z.enum(["relevance", ...PRODUCT_SORTS]))
    .describe(
      "By relevance where `q` is given, else by productId, when it is left out. Products without a price come last in " +
        "both directions.",
    ),
  ...field.pageParams,
};

export const facets = z
  .maybe(
    z
      .string()
      .transform((names) => [...new Set(names.split(",").map((name) => name.trim()))])
      .refine((names) => names.length <= MAX_FACETS, `may have at most ${MAX_FACETS} names`)
      .refine(
        (names) => names.every(isFacet),
        "must be names of kind, status, availability, tag or attr.<name>",
      ),
  )
  .openapi({
    type: "string",
    example: "kind,attr.theme",
    description:
      "Fields whose values are counted over all that matches: `kind`, `status`, `availability`, `tag`, `attr.<name>`.",
  });

const facetValue = z.object({ value: z.union([z.string(), z.number(), z.boolean()]), count: z.int() });

export const facetCounts = z.maybe(z.record(z.string(), z.array(facetValue))).openapi("Facets", {
  description: "By field, the most frequent values first.",
});
