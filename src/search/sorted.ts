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
  let mayBeFew = match !== undefined;
  const rows: OrderedRow[] = [];
  let end: OrderedRow | undefined;
  for (const stretch of query.order.stretches) {
    const limit = query.limit + 1 - rows.length;
    const sorted = mayBeFew ? await sortMatches(search, { ...query, limit }, stretch) : undefined;
    mayBeFew = sorted !== undefined;
    const found = sorted ?? (await walkOrder(search, { ...query, limit }, stretch));
    rows.push(...found.rows);
    ({ end } = found);
    if (found.rows.length === limit || end) break;
  }
  const cursor = (row: OrderedRow) => query.order.cursorAt(row, query.carried);
  const { items, nextCursor } = toPage(rows, query.limit, { item: (row) => row.productId, cursor, end });
  return { productIds: items, nextCursor };
}

const KEYS = {
  productId: documents.productId,
  name: documents.name,
  priceValue: documents.priceValue,
  createdAtMs: documents.createdAtMs,
};

/** undefined: there are many, which is known when the first that is too many is there; then none is looked at. */
async function sortMatches(
  search: D1Database,
  { meaning, filter, limit }: SortedQuery,
  stretch: Stretch,
): Promise<Found | undefined> {
  const { productId, name, priceValue, createdAtMs } = KEYS;
  const matches = sql`SELECT rowid AS document FROM entries WHERE entries MATCH ${matchExpression(meaning, filter)}`;
  const areMany = sql`EXISTS (SELECT 1 FROM beyond)`;
  // A cross join keeps its order: from the matches to their documents.
  const found = await inTime(
    replica(search).all<Size | (OrderedRow & { areMany: null })>(sql`
      WITH beyond AS MATERIALIZED (${matches} LIMIT 1 OFFSET ${MAX_SORTED_MATCHES})
      SELECT ${areMany} AS areMany, NULL AS productId, NULL AS name, NULL AS priceValue, NULL AS createdAtMs
      UNION ALL SELECT * FROM (SELECT NULL, ${productId}, ${name}, ${priceValue}, ${createdAtMs}
        FROM (${matches} LIMIT iif(${areMany}, 0, ${MAX_SORTED_MATCHES})) AS matches
        CROSS JOIN documents ON documents.document = matches.document
        WHERE ${and(conditions(filter), stretch.where) ?? sql`1`}
        ORDER BY ${sql.join(stretch.orderBy, sql`, `)} LIMIT ${limit})`),
  );
  if (found.some((row) => row.areMany === 1)) return undefined;
  return { rows: found.filter((row) => row.areMany === null), end: undefined };
}

type Size = { areMany: 0 | 1 } & { [Key in keyof OrderedRow]: null };

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
