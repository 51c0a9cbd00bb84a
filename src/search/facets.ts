/** How many matches have which value of a field. */
import { asc, desc, eq, sql, type SQL } from "drizzle-orm";
import { replica } from "../d1/book";
import { MAX_FACET_MATCHES, MAX_FACET_VALUES } from "../limits/search";
import { documents, facetTotals, inTime } from "./search-schema";

const FIELDS = ["kind", "status", "availability"] as const;

export interface FacetValue {
  value: string | number | boolean;
  count: number;
}

/** By name, the most frequent values of each first. */
export type Facets = Record<string, FacetValue[]>;

/** Of a field, of tags, or of an attribute as `attr.<name>`. */
export function isFacet(name: string): boolean {
  return name === "tag" || FIELDS.some((field) => field === name) || /^attr\.[^"\\]+$/.test(name);
}

interface Counted {
  value: string;
  count: number;
}

/** Counted over everything that matches, not over a page of it. Throws `SearchUnavailable`. */
export async function countFacets(
  search: D1Database,
  names: readonly string[],
  { match, where }: { match: string | undefined; where: SQL | undefined },
): Promise<Facets> {
  const index = replica(search);
  // Looked at as they come, which reads half as many rows as looking each up in a list of them.
  const looked =
    match === undefined
      ? sql`(SELECT * FROM documents LIMIT ${MAX_FACET_MATCHES}) AS documents`
      : sql`(SELECT rowid AS document FROM entries WHERE entries MATCH ${match} LIMIT ${MAX_FACET_MATCHES}) AS matches
          CROSS JOIN documents ON documents.document = matches.document`;
  const isOfAll = match === undefined && where === undefined;
  const counts = (name: string) => (isOfAll ? totalsOf(name) : countOf(name, { looked, where }));
  const counted = await inTime(Promise.all(names.map((name) => index.all<Counted>(counts(name)))));
  return Object.fromEntries(names.map((name, place) => [name, (counted[place] ?? []).map(facetValue)]));
}

/** Of the whole index: in the order in which an index of it has them. */
function totalsOf(name: string): SQL {
  const { facet, value, count } = facetTotals;
  return sql`SELECT ${value} AS value, ${count} AS count FROM ${facetTotals} WHERE ${eq(facet, name)}
    ORDER BY ${desc(count)}, ${asc(value)} LIMIT ${MAX_FACET_VALUES}`;
}

/** Values as JSON, so that a number and a text that looks like it are two. */
function countOf(name: string, { looked, where = sql`true` }: { looked: SQL; where: SQL | undefined }): SQL {
  const from = name === "tag" ? sql`${looked} CROSS JOIN json_each(${documents.tags}) AS tag` : looked;
  const value = valueOf(name);
  return sql`SELECT ${value} AS value, count(*) AS count FROM ${from} WHERE ${where}
    GROUP BY 1 HAVING ${value} IS NOT NULL ORDER BY 2 DESC, 1 LIMIT ${MAX_FACET_VALUES}`;
}

function valueOf(name: string): SQL {
  if (name === "tag") return sql`json_quote(tag.value)`;
  const field = FIELDS.find((one) => one === name);
  if (field) return sql`json_quote(${documents[field]})`;
  return sql`${documents.attributes} -> ${`$."${name.slice("attr.".length)}"`}`;
}

function facetValue({ value, count }: Counted): FacetValue {
  return { value: JSON.parse(value), count };
}
