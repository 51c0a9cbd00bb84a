/** Reading the sums of reports: rankings of products in a window of time, and one product's series. */
import {
  MEASURES,
  stretchesOf,
  type Measure,
  type ReportInterval,
  type ReportSpan,
  type Sums,
} from "../domain/report";
import { REPORT_GRAINS } from "../limits/reports";
import { bounded } from "./book";

export interface ProductSums extends Sums {
  productId: string;
  /** null: the book does not know the product. */
  name: string | null;
  /** Of the first and last event that added something; null: none has. */
  firstAtMs: number | null;
  lastAtMs: number | null;
}

type Column = Measure | `${Measure}_count`;
type SumsRow = Record<Column, number | null>;
type ProductRow = SumsRow & Pick<ProductSums, "productId" | "name" | "firstAtMs" | "lastAtMs">;

const COLUMNS = MEASURES.flatMap((measure): Column[] => [measure, `${measure}_count`]);
const SUMS = `${COLUMNS.map((column) => `sum(s.${column}) AS ${column}`).join(", ")},
  min(s.first_at_ms) AS firstAtMs, max(s.last_at_ms) AS lastAtMs`;

/** Read in the transaction of the sums: events up to there are in them. */
const OFFSET = "SELECT offset FROM report_progress";

/** Row by row: the sums lie by time, not by product. `?1`: the grain, `?2`: the beginnings of the stretches. */
const sumsOf = (named: string) => `
  SELECT n.product_id AS productId, p.name, ${SUMS}
  FROM ${named} AS n
  CROSS JOIN json_each(?2) AS t
  LEFT JOIN products AS p ON p.product_id = n.product_id
  LEFT JOIN report_sums AS s ON s.grain_ms = ?1 AND s.start_ms = t.value AND s.product_id = n.product_id
  GROUP BY n.place, n.product_id ORDER BY n.place, n.product_id`;

/** One measure is enough to find the page, and less to sort than all. */
const ranking = (measure: Measure) => `
  WITH ranked AS (
    SELECT product_id, -sum(${measure}) AS place FROM report_sums
    WHERE grain_ms = ?1 AND start_ms >= ?3 AND start_ms < ?4 AND ${measure} > 0
    GROUP BY product_id
    HAVING ?5 IS NULL OR place > -?5 OR (place = -?5 AND product_id > ?6)
    ORDER BY place, product_id LIMIT ?7)
  ${sumsOf("ranked")}`;

const NAMED = `
  WITH named AS (SELECT value AS product_id, key AS place FROM json_each(?3))
  ${sumsOf("named")}`;

const SERIES = `
  SELECT s.start_ms AS startMs, ${COLUMNS.map((column) => `s.${column}`).join(", ")}
  FROM json_each(?3) AS t
  CROSS JOIN report_sums AS s ON s.grain_ms = ?1 AND s.start_ms = t.value AND s.product_id = ?2`;

const KNOWN = "SELECT 1 FROM products WHERE product_id = ?1";

export interface RankingQuery {
  span: ReportSpan;
  sort: Measure;
  limit: number;
  /** Of the last product of the page before. */
  after?: { units: number; productId: string } | undefined;
}

/** Products with some units of that measure, the most first. Throws `BookUnavailable`. */
export async function rankProducts(
  book: D1Database,
  { span, sort, limit, after }: RankingQuery,
): Promise<{ rows: ProductSums[]; bookOffset: number }> {
  const { grainMs } = REPORT_GRAINS[span.interval];
  const { units = null, productId = null } = after ?? {};
  const bound = [grainMs, startsIn(span), span.fromMs, span.toMs, units, productId, limit];
  return readSums(book, book.prepare(ranking(sort)).bind(...bound));
}

/** Of these products, in their order. Throws `BookUnavailable`. */
export async function sumsOfProducts(
  book: D1Database,
  span: ReportSpan,
  productIds: readonly string[],
): Promise<{ rows: ProductSums[]; bookOffset: number }> {
  const { grainMs } = REPORT_GRAINS[span.interval];
  const bound = [grainMs, startsIn(span), JSON.stringify(productIds)];
  return readSums(book, book.prepare(NAMED).bind(...bound));
}

function startsIn(span: ReportSpan): string {
  return JSON.stringify(stretchesOf(span));
}

async function readSums(book: D1Database, query: D1PreparedStatement) {
  const [progress, found] = await bounded(
    book,
    book.batch<Progress & ProductRow>([book.prepare(OFFSET), query]),
  );
  const rows = (found?.results ?? []).map((row): ProductSums => {
    const { productId, name, firstAtMs, lastAtMs } = row;
    return { productId, name, ...sumsIn(row), firstAtMs, lastAtMs };
  });
  return { rows, bookOffset: progress?.results[0]?.offset ?? 0 };
}

interface Progress {
  offset: number;
}

export interface SeriesQuery {
  productId: string;
  interval: ReportInterval;
  /** The beginnings of the stretches that are wanted. */
  starts: readonly number[];
}

/** Of stretches without any sums zeros. undefined: the book has never known the product. Throws `BookUnavailable`. */
export async function readSeries(
  book: D1Database,
  { productId, interval, starts }: SeriesQuery,
): Promise<{ points: (Sums & { startMs: number })[]; bookOffset: number } | undefined> {
  const { grainMs } = REPORT_GRAINS[interval];
  const [progress, known, found] = await bounded(
    book,
    book.batch<Progress & SumsRow & { startMs: number }>([
      book.prepare(OFFSET),
      book.prepare(KNOWN).bind(productId),
      book.prepare(SERIES).bind(grainMs, productId, JSON.stringify(starts)),
    ]),
  );
  if (known?.results.length === 0) return undefined;
  const rowByStart = new Map(found?.results.map((row) => [row.startMs, row]));
  const points = starts.map((startMs) => ({ startMs, ...sumsIn(rowByStart.get(startMs)) }));
  return { points, bookOffset: progress?.results[0]?.offset ?? 0 };
}

function sumsIn(row: SumsRow | undefined): Sums {
  const amount = (measure: Measure) => {
    return { units: row?.[measure] ?? 0, count: row?.[`${measure}_count`] ?? 0 };
  };
  return {
    sold: amount("sold"),
    held: amount("held"),
    expired: amount("expired"),
    released: amount("released"),
    returned: amount("returned"),
    added: amount("added"),
  };
}
