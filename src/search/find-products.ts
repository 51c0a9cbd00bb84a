/**
 * Lists of products, searched and filtered. What the book has an index for it answers itself; for the rest the search index
 * finds the products, a moment behind, and the book shows them as they are now. While the search index is away, or not yet
 * whole, filters are looked for in the book, more slowly; searches for words are not possible then.
 */
import { BadCursor, type Page } from "../d1/page";
import { listProducts, listSmallRange, type ProductQuery } from "../d1/product-list";
import { productOrder } from "../d1/product-order";
import { productsById } from "../d1/products";
import type { ProductState } from "../domain/views";
import { countFacets, type Facets } from "./facets";
import { conditions, matchExpression, type Meaning } from "./match";
import { byRelevance, carriedMeaning, type FoundIds } from "./relevance";
import { documents, requireComplete, SearchUnavailable } from "./search-schema";
import { inOrder } from "./sorted";
import { meaningFrom, meaningText, withCorrections } from "./spelling";
import { queryWords } from "./words";

export interface SearchQuery extends Omit<ProductQuery, "sort"> {
  /** Whatever somebody typed. */
  q?: string | undefined;
  /** By relevance where words are looked for, else by productId, when it is left out. */
  sort?: ProductQuery["sort"] | "relevance";
  facets?: readonly string[] | undefined;
}

export interface FoundPage extends Page<ProductState> {
  facets?: Facets;
}

/** Throws `BookUnavailable`, `SearchUnavailable` or `BadCursor`. */
export async function findProducts(env: Env, query: SearchQuery): Promise<FoundPage> {
  const { sort, q, facets, ...filter } = query;
  // Nothing typed is no search.
  if (q === "") return findProducts(env, { ...query, q: undefined });
  const ordered = { ...filter, sort: sort === "relevance" ? undefined : sort };
  if (!isSearch(query)) return listProducts(env.BOOK, ordered);
  const few = q === undefined && facets === undefined && (await listSmallRange(env.BOOK, ordered));
  if (few) return few;
  try {
    return await search(env, query);
  } catch (error) {
    if (!(error instanceof SearchUnavailable) || q !== undefined || facets !== undefined) throw error;
    return listProducts(env.BOOK, ordered);
  }
}

function isSearch({ q, facets, kind, status, tag, availability, attributes }: SearchQuery): boolean {
  return [q, facets, kind, status, tag, availability, attributes].some((given) => given !== undefined);
}

async function search({ BOOK, SEARCH }: Env, query: SearchQuery): Promise<FoundPage> {
  const { q, facets } = query;
  // In a part of the products no filter is to be believed; words are found as far as they are there.
  if (q === undefined) await requireComplete(SEARCH);
  const found = q === undefined ? await findBy(SEARCH, query) : await findWords(SEARCH, { ...query, q });
  // The book has the last word: on filters that the index does not know, and on what has changed since.
  const { states, bookOffset } = await productsById(BOOK, found.productIds, query);
  const page = { items: states, nextCursor: found.nextCursor, bookOffset };
  if (facets === undefined) return page;
  const match = matchExpression(found.meaning, query);
  const nothing = found.meaning?.words.length === 0;
  const counts = nothing
    ? Object.fromEntries(facets.map((name) => [name, []]))
    : await countFacets(SEARCH, facets, { match, where: conditions(query) });
  return { ...page, facets: counts };
}

interface Found extends FoundIds {
  /** undefined: no words were looked for. None of them: there is nothing to look for in punctuation alone. */
  meaning?: Meaning;
}

/**
 * What has all the words; if nothing has, what has all of them as they may be spelt; if nothing has, what has all of these but
 * one. A later page means what the first has meant.
 */
async function findWords(search: D1Database, query: SearchQuery & { q: string }): Promise<Found> {
  const typed = queryWords(query.q);
  if (typed.length === 0) return { productIds: [], nextCursor: null, meaning: { words: [], lenient: false } };
  const meant = meaningOfCursor(query);
  if (meant) return findBy(search, query, meant);
  const words = typed.map((word) => ({ word, near: [] }));
  const exact = await findBy(search, query, { words, lenient: false });
  if (hasFound(exact)) return exact;
  const spelt = await withCorrections(search, typed);
  const corrected = await findBy(search, query, { words: spelt, lenient: false });
  if (hasFound(corrected) || spelt.length < 3) return corrected;
  return findBy(search, query, { words: spelt, lenient: true });
}

function hasFound({ productIds, nextCursor }: FoundIds): boolean {
  return productIds.length > 0 || nextCursor !== null;
}

/** Throws `BadCursor` for one of another order. */
function meaningOfCursor({ cursor, sort = "relevance", ...query }: SearchQuery): Meaning | undefined {
  if (cursor === undefined) return undefined;
  const carried =
    sort === "relevance"
      ? carriedMeaning(cursor)
      : productOrder(documents, { ...query, sort, cursor }).carried;
  const meaning = meaningFrom(carried ?? "");
  if (!meaning) throw new BadCursor();
  return meaning;
}

async function findBy(search: D1Database, query: SearchQuery, meaning?: Meaning): Promise<Found> {
  const { q, sort, limit, cursor } = query;
  const match = matchExpression(meaning, query);
  const where = conditions(query);
  if (!meaning || match === undefined || (sort ?? "relevance") !== "relevance") {
    const order = productOrder(documents, { ...query, sort: sort === "relevance" ? undefined : sort });
    const carried = meaning ? meaningText(meaning) : "";
    return {
      ...(await inOrder(search, { meaning, filter: query, limit, order, carried })),
      ...(meaning && { meaning }),
    };
  }
  const { words } = meaning;
  const relevance = { q: q ?? "", words, match, where, limit, cursor };
  return { ...(await byRelevance(search, relevance, meaningText(meaning))), meaning };
}
