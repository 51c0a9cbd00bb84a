/** What a search asks of the index, in the language of SQLite's full-text tables. Whatever was typed is quoted as plain words. */
import { and, gt, gte, lte, sql, type SQL } from "drizzle-orm";
import { literalOf, type ProductFilter } from "../d1/product-filter";
import { term } from "./search-document";
import { documents } from "./search-schema";

/** A word that is looked for, as the beginning of one. */
export interface QueryWord {
  word: string;
  /** What else it may have meant. */
  near: readonly string[];
}

/** How what was typed is looked for. */
export interface Meaning {
  words: readonly QueryWord[];
  /** Of three words or more, one may be missing. */
  lenient: boolean;
}

/** undefined: every document matches. Prices and times are no part of it: see `conditions`. */
export function matchExpression(meaning: Meaning | undefined, filter: ProductFilter): string | undefined {
  const parts = [
    ...(meaning ? wordsExpression(meaning) : []),
    ...termSets(filter).map((terms) => `terms : (${terms.map(quoted).join(" OR ")})`),
  ];
  return parts.length === 0 ? undefined : parts.map((part) => `(${part})`).join(" AND ");
}

function wordsExpression({ words, lenient }: Meaning): string[] {
  const each = words.map(
    ({ word, near }) => `{name other} : (${[word, ...near].map(beginning).join(" OR ")})`,
  );
  if (!lenient) return each;
  const allBut = each.map((missing) => each.filter((one) => one !== missing).map((one) => `(${one})`));
  return [allBut.map((others) => `(${others.join(" AND ")})`).join(" OR ")];
}

/** Words are letters and digits only; a quote in one would end it. */
function quoted(word: string): string {
  return `"${word.replaceAll('"', "")}"`;
}

function beginning(word: string): string {
  return `${quoted(word)} *`;
}

/** Of each set one term must be there. */
function termSets(filter: ProductFilter): string[][] {
  const { kind, status, availability, tag, barcode, attributes = {} } = filter;
  const given = Object.entries({ kind, status, availability, tag, barcode });
  return [
    ...given.flatMap(([name, value]) =>
      value === undefined ? [] : [[value].flat().map((one) => term(name, one))],
    ),
    ...Object.entries(attributes).map(([name, value]) =>
      [...new Set([value, literalOf(value) ?? value])].map((text) => term(`attr.${name}`, text)),
    ),
  ];
}

/** Whether a document that is looked at by itself has the words. */
export function hasWords({ words, lenient }: Meaning): SQL {
  const each = words.map(({ word, near }) => {
    const places = [word, ...near].map((one) => sql`instr(${documents.allWords}, ${` ${one}`})`);
    return sql`(${sql.join(places, sql` OR `)})`;
  });
  return sql`${sql.join(each, sql` + `)} >= ${lenient ? words.length - 1 : words.length}`;
}

/** What documents are looked at one by one for. */
export function conditions({
  minPrice,
  maxPrice,
  createdAfter,
  updatedAfter,
}: ProductFilter): SQL | undefined {
  return and(
    minPrice === undefined ? undefined : gte(documents.priceValue, minPrice),
    maxPrice === undefined ? undefined : lte(documents.priceValue, maxPrice),
    createdAfter === undefined ? undefined : gt(documents.createdAtMs, createdAfter),
    updatedAfter === undefined ? undefined : gt(documents.updatedAtMs, updatedAfter),
  );
}
