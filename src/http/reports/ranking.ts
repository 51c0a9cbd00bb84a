/** Products in order of one measure. Sums come from the book, what was refused from the demand object; a page needs both. */
import { BadCursor, decodeCursor, encodeCursor, toPage, type Page } from "../../d1/page";
import { rankProducts, sumsOfProducts, type ProductSums } from "../../d1/reports";
import type { Tally } from "../../domain/demand";
import { windowSpan, type Amount, type ReportSpan, type ReportWindow } from "../../domain/report";
import { demandOf, rankDemand } from "../clients/demand";
import type { REPORT_SORTS } from "./schemas";

export interface RankingQuery {
  window: ReportWindow;
  sort: (typeof REPORT_SORTS)[number];
  limit: number;
  cursor?: string;
}

export interface RankedProduct extends ProductSums {
  refused: Amount;
}

interface Place {
  span: ReportSpan;
  /** The last product of the page before. */
  after?: { units: number; productId: string };
}

interface Ranked {
  products: RankedProduct[];
  bookOffset: number;
  refusedMaximumError: number;
}

/** Throws a problem (503), `BookUnavailable` or `BadCursor`. */
export async function rankingPage(
  env: Env,
  query: RankingQuery,
  nowMs: number,
): Promise<Page<RankedProduct> & { span: ReportSpan; refusedMaximumError: number }> {
  const { sort, limit } = query;
  const kind = `report ${query.window} ${sort}`;
  const place = placeOf(query, kind, nowMs);
  const { span } = place;
  // One more shows that there is a next page.
  const found = await rank(env, sort, { ...place, limit: limit + 1 });
  const page = toPage(found.products, limit, {
    item: (product) => product,
    cursor: (product) => encodeCursor(kind, [span.fromMs, span.toMs, product[sort].units, product.productId]),
  });
  return { ...page, bookOffset: found.bookOffset, span, refusedMaximumError: found.refusedMaximumError };
}

/** All pages of a ranking are of the same window, though time goes on. */
function placeOf({ window, cursor }: RankingQuery, kind: string, nowMs: number): Place {
  const span = windowSpan(window, nowMs);
  const decoded = decodeCursor(cursor, kind, ["number", "number", "number", "string"]);
  if (!decoded) return { span };
  const [fromMs, toMs, units, productId] = decoded.map((value) => value ?? 0);
  const shiftMs = Number(fromMs) - span.fromMs;
  if (Number(toMs) - span.toMs !== shiftMs || shiftMs > 0) throw new BadCursor();
  const { interval } = span;
  return {
    span: { interval, fromMs: Number(fromMs), toMs: Number(toMs) },
    after: { units: Number(units), productId: String(productId) },
  };
}

async function rank(
  env: Env,
  sort: RankingQuery["sort"],
  { span, after, limit }: Place & { limit: number },
): Promise<Ranked> {
  if (sort !== "refused") {
    const { rows, bookOffset } = await rankProducts(env.BOOK, { span, sort, limit, after });
    const productIds = rows.map(({ productId }) => productId);
    const refused = await demandOf(env, { kind: "refused", span }, productIds);
    return {
      products: withRefused(rows, refused.tallies),
      bookOffset,
      refusedMaximumError: refused.maximumError,
    };
  }
  const refused = await rankDemand(env, {
    kind: "refused",
    span,
    by: "units",
    atLeast: 1,
    limit,
    ...(after && { after: { value: after.units, name: after.productId } }),
  });
  const productIds = refused.tallies.map(({ name }) => name);
  const { rows, bookOffset } = await sumsOfProducts(env.BOOK, span, productIds);
  return {
    products: withRefused(rows, refused.tallies),
    bookOffset,
    refusedMaximumError: refused.maximumError,
  };
}

function withRefused(rows: readonly ProductSums[], tallies: readonly Tally[]): RankedProduct[] {
  const tallyByName = new Map(tallies.map((tally) => [tally.name, tally]));
  return rows.map((row) => {
    const { units = 0, count = 0 } = tallyByName.get(row.productId) ?? {};
    return { ...row, refused: { units, count } };
  });
}
