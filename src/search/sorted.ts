/** Matches in an order that the index keeps: by id, name, price or age. */
import { and, sql } from "drizzle-orm";
import { replica } from "../d1/book";
import { toPage } from "../d1/page";
import type { ProductFilter } from "../d1/product-filter";
import type { OrderedRow, ProductOrder, Stretch } from "../d1/product-order";
import { scanned } from "../d1/scan-window";
import { SCAN_WINDOW_PRODUCTS } from "../limits";
import { MAX_SORTED_MATCHES } from "../limits/search";
import type { FoundIds } from "./relevance";
import { conditions, hasWords, matchExpression, type Meaning } from "./match";
import { documents, inTime } from "./search-schema";

export interface SortedQuery {
  meaning: Meaning | undefined;
  filter: ProductFilter;
  limit: number;
  order: ProductOrder;
  /** For the cursor. */
  carried: string;
}

interface Found {
  rows: OrderedRow[];
  /** The last one looked at, where there may be more after it. */
  end: OrderedRow | undefined;
}

/**
 * A few matches are put in order. Where there are many, the order is gone through until enough match, or so many have been
 * looked at: a page may then hold fewer than asked for. Throws `SearchUnavailable`.
 */
export async function inOrder(search: D1Database, query: SortedQuery): Promise<FoundIds> {
  const match = matchExpression(query.meaning, query.filter);
  const few = match !== undefined && (await countMatches(search, match)) <= MAX_SORTED_MATCHES;
  const rows: OrderedRow[] = [];
  let end: OrderedRow | undefined;
  for (const stretch of query.order.stretches) {
    const limit = query.limit + 1 - rows.length;
    const found = await (few ? sortMatches : walkOrder)(search, { ...query, limit }, stretch);
    rows.push(...found.rows);
    ({ end } = found);
    if (found.rows.length === limit || end) break;
  }
  const cursor = (row: OrderedRow) => query.order.cursorAt(row, query.carried);
  const { items, nextCursor } = toPage(rows, query.limit, { item: (row) => row.productId, cursor, end });
  return { productIds: items, nextCursor };
}

/** No more than may be put in order are counted. */
async function countMatches(search: D1Database, match: string): Promise<number> {
  const query = search
    .prepare("SELECT count(*) AS matches FROM (SELECT 1 FROM entries WHERE entries MATCH ?1 LIMIT ?2)")
    .bind(match, MAX_SORTED_MATCHES + 1);
  return (await inTime(query.first<{ matches: number }>()))?.matches ?? 0;
}

const KEYS = {
  productId: documents.productId,
  name: documents.name,
  priceValue: documents.priceValue,
  createdAtMs: documents.createdAtMs,
};

async function sortMatches(
  search: D1Database,
  { meaning, filter, limit }: SortedQuery,
  stretch: Stretch,
): Promise<Found> {
  const matches = sql`(SELECT rowid AS document FROM entries
    WHERE entries MATCH ${matchExpression(meaning, filter)} LIMIT ${MAX_SORTED_MATCHES}) AS matches`;
  // A cross join keeps its order: from the matches to their documents.
  const rows = await inTime(
    replica(search)
      .select(KEYS)
      .from(matches)
      .crossJoin(documents)
      .where(and(sql`${documents.document} = matches.document`, conditions(filter), stretch.where))
      .orderBy(...stretch.orderBy)
      .limit(limit)
      .execute(),
  );
  return { rows, end: undefined };
}

/** Words are looked for in each document: the index would go through all that begin so for every one of them. */
async function walkOrder(
  search: D1Database,
  { meaning, filter, limit }: SortedQuery,
  stretch: Stretch,
): Promise<Found> {
  const index = replica(search);
  const terms = matchExpression(undefined, filter);
  const isMatch = and(
    conditions(filter),
    meaning && hasWords(meaning),
    terms === undefined
      ? undefined
      : sql`EXISTS (SELECT 1 FROM entries WHERE entries MATCH ${terms} AND entries.rowid = ${documents.document})`,
  );
  const rows = await inTime(
    index
      .select({ ...KEYS, isEnd: sql<number>`is_end` })
      .from(
        scanned({
          table: documents,
          range: stretch.where,
          orderBy: stretch.orderBy,
          matches: isMatch,
          limit,
          window: SCAN_WINDOW_PRODUCTS,
        }),
      )
      .execute(),
  );
  return { rows: rows.filter(({ isEnd }) => !isEnd), end: rows.find(({ isEnd }) => isEnd) };
}
