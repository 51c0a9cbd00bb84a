/**
 * Lists of products, searched and filtered. What the book has an index for it answers itself; for the rest the search index
 * finds the products, a moment behind, and the book shows them as they are now. While the search index is away, or not yet
 * whole, filters are looked for in the book, more slowly; searches for words are not possible then.
 */
import { BadCursor, type Page } from "../d1/page";
import { listProducts, type ProductQuery } from "../d1/product-list";
import { productOrder } from "../d1/product-order";
import { productsById } from "../d1/products";
import type { ProductState } from "../domain/views";
import { countFacets, type Facets } from "./facets";
import { conditions, matchExpression, type QueryWord } from "./match";
import { byRelevance, carriedWords, type FoundIds } from "./relevance";
import { documents, requireComplete, SearchUnavailable } from "./search-schema";
import { inOrder } from "./sorted";
import { withCorrections, wordsFrom, wordsText } from "./spelling";
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
  const { q, facets, locationId, overstocked } = query;
  // In a part of the products no filter is to be believed; words are found as far as they are there.
  if (q === undefined) await requireComplete(SEARCH);
  const { words, ...found } = await findIds(SEARCH, query);
  const ofStock = {
    ...(locationId !== undefined && { locationId }),
    ...(overstocked !== undefined && { overstocked }),
  };
  const { states, bookOffset } = await productsById(BOOK, found.productIds, ofStock);
  const page = { items: states, nextCursor: found.nextCursor, bookOffset };
  if (facets === undefined) return page;
  if (words === null) return { ...page, facets: Object.fromEntries(facets.map((name) => [name, []])) };
  const match = matchExpression({ ...query, words });
  return { ...page, facets: await countFacets(SEARCH, facets, { match, where: conditions(query) }) };
}

interface Found extends FoundIds {
  /** As they were looked for; null: there is nothing to look for in punctuation alone. */
  words: readonly QueryWord[] | null;
}

async function findIds(search: D1Database, query: SearchQuery): Promise<Found> {
  const { q } = query;
  if (q === undefined) return { ...(await findBy(search, query, [])), words: [] };
  const plain = queryWords(q).map((word) => ({ word, near: [] }));
  if (plain.length === 0) return { productIds: [], nextCursor: null, words: null };
  const words = wordsOfCursor(query) ?? plain;
  const found = await findBy(search, query, words);
  const isFirst = query.cursor === undefined;
  if (!isFirst || found.nextCursor !== null || found.productIds.length > 0) return { ...found, words };
  const corrected = await withCorrections(
    search,
    plain.map(({ word }) => word),
  );
  if (wordsText(corrected) === wordsText(plain)) return { ...found, words };
  return { ...(await findBy(search, query, corrected)), words: corrected };
}

/** Throws `BadCursor` for one of another order. */
function wordsOfCursor({ cursor, sort = "relevance", ...query }: SearchQuery): QueryWord[] | undefined {
  if (cursor === undefined) return undefined;
  const carried =
    sort === "relevance" ? carriedWords(cursor) : productOrder(documents, { ...query, sort, cursor }).carried;
  const words = wordsFrom(carried ?? "");
  if (!words) throw new BadCursor();
  return words;
}

function findBy(search: D1Database, query: SearchQuery, words: readonly QueryWord[]): Promise<FoundIds> {
  const { q, sort, limit, cursor } = query;
  const match = matchExpression({ ...query, words });
  const carried = words.length === 0 ? "" : wordsText(words);
  const where = conditions(query);
  if (q !== undefined && match !== undefined && (sort ?? "relevance") === "relevance")
    return byRelevance(search, { q, words, match, where, limit, cursor }, carried);
  const order = productOrder(documents, { ...query, sort: sort === "relevance" ? undefined : sort });
  return inOrder(search, { match, where, limit, order, carried });
}
