/** One product's sums by hour or by day, the oldest first; stretches in which nothing happened are there, as zeros. */
import { BadCursor, decodeCursor, encodeCursor, type Page } from "../../d1/page";
import { readSeries } from "../../d1/reports";
import { seriesSpan, stretchesOf, stretchStart, type ReportInterval, type Sums } from "../../domain/report";

export interface SeriesQuery {
  productId: string;
  interval: ReportInterval;
  /** Milliseconds; `from` is within, `to` is not. */
  from?: number;
  to?: number;
  limit: number;
  cursor?: string;
}

type Point = Sums & { startMs: number };

/** undefined: the book has never known the product. Throws `BookUnavailable` or `BadCursor`. */
export async function seriesPage(
  book: D1Database,
  query: SeriesQuery,
  nowMs: number,
): Promise<Page<Point> | undefined> {
  const { productId, interval, limit } = query;
  const kind = `series ${interval}`;
  const [from, to] = decodeCursor(query.cursor, kind, ["number", "number"]) ?? [query.from, query.to];
  const span = seriesSpan(
    { interval, ...(typeof from === "number" && { from }), ...(typeof to === "number" && { to }) },
    nowMs,
  );
  if (query.cursor !== undefined && from !== stretchStart(Number(from), interval)) throw new BadCursor();
  const starts = stretchesOf(span, limit + 1);
  const shown = starts.slice(0, limit);
  const found = await readSeries(book, { productId, interval, starts: shown });
  if (!found) return undefined;
  const next = starts[limit];
  const nextCursor = next === undefined ? null : encodeCursor(kind, [next, span.toMs]);
  return { items: found.points, nextCursor, bookOffset: found.bookOffset };
}
