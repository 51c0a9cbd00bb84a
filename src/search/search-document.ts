/** What is indexed of a product. */
import { createHash } from "node:crypto";
import type { ProductRow } from "../d1/products";
import type { AttributeValue } from "../domain/product";
import { MAX_INDEXED_DESCRIPTION_CHARS } from "../limits/search";
import { indexedWords, initials, wordsOf } from "./words";

export interface SearchDocument {
  productId: string;
  version: number;
  name: string;
  words: string;
  allWords: string;
  kind: string;
  status: string;
  availability: string;
  tags: string[];
  attributes: Record<string, AttributeValue>;
  priceValue: number | null;
  createdAtMs: number;
  updatedAtMs: number;
  /** For `entries`. */
  nameWords: string;
  otherWords: string;
  terms: string;
}

export function searchDocument(row: ProductRow): SearchDocument {
  const { productId, catalogVersion: version, name, kind, status, availability } = row;
  const { priceValue, createdAtMs, updatedAtMs } = row;
  const tags: string[] = JSON.parse(row.tags);
  const attributes: Record<string, AttributeValue> = JSON.parse(row.attributes);
  const terms = [
    term("kind", kind),
    term("status", status),
    term("availability", availability),
    ...(row.barcode === null ? [] : [term("barcode", row.barcode)]),
    ...tags.map((tag) => term("tag", tag)),
    ...Object.entries(attributes).map(([attribute, value]) => term(`attr.${attribute}`, String(value))),
  ];
  const nameWords = indexedWords(name).join(" ");
  const others = [...new Set(otherWords(row, { tags, attributes }))].join(" ");
  return {
    productId,
    version,
    name,
    words: ` ${wordsOf(name).join(" ")} `,
    allWords: ` ${nameWords} ${others} `,
    kind,
    status,
    availability,
    tags,
    attributes,
    priceValue,
    createdAtMs,
    updatedAtMs,
    nameWords,
    otherWords: others,
    terms: terms.join(" "),
  };
}

function otherWords(
  row: ProductRow,
  { tags, attributes }: Pick<SearchDocument, "tags" | "attributes">,
): string[] {
  const texts = Object.values(attributes).filter((value) => typeof value !== "boolean");
  const all = [row.productId, row.barcode, row.sourceExternalId, ...tags, ...texts.map(String)];
  const description = row.description?.slice(0, MAX_INDEXED_DESCRIPTION_CHARS) ?? "";
  return [
    ...all.flatMap((text) => (text === null ? [] : indexedWords(text))),
    ...texts.flatMap((text) => initials(String(text)) ?? []),
    ...indexedWords(description),
  ];
}

/** A value that is filtered by, as one word of the index: of any length and with any characters, case and accents kept. */
export function term(facet: string, value: string): string {
  return `t${createHash("sha256").update(`${facet}=${value}`).digest("hex").slice(0, 20)}`;
}
