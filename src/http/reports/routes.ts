/**
 * Reports for staff: what sold and what did not, by product and by time; what was refused; what was searched for. What the book
 * has by now is added up before one is answered, unless that is very much; `X-Book-Offset` says how far.
 */
import { addToSums } from "../../d1/report-sums";
import { windowSpan, type ReportSpan } from "../../domain/report";
import { MIN_SEARCHES_SHOWN, REPORT_MAX_STEPS_PER_REQUEST } from "../../limits/reports";
import { jsonAnswer, ok, pageAnswer, pageOf } from "../answers";
import { rankDemand } from "../clients/demand";
import { missing } from "../problem";
import { route, routesOf } from "../route";
import { productParams } from "../schemas/primitives";
import * as z from "../zod";
import { rankingPage } from "./ranking";
import {
  productReport,
  rankingFilters,
  rankingMore,
  reportPoint,
  searchFilters,
  searchReport,
  seriesFilters,
  seriesMore,
} from "./schemas";
import { seriesPage } from "./series";

export const REPORT_ROUTES = routesOf("Reports", {
  reportProducts: route({
    at: "GET /v1/reports/products",
    summary: "Rank products by what they sold",
    scope: "events:read",
    query: z.strictObject(rankingFilters),
    answers: { 200: pageOf(productReport, undefined, rankingMore) },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const nowMs = Date.now();
      await addToSums(call.env.BOOK, nowMs, REPORT_MAX_STEPS_PER_REQUEST);
      const { span, refusedMaximumError, ...page } = await rankingPage(call.env, call.query, nowMs);
      const items = page.items.map(({ firstAtMs, lastAtMs, ...product }) => {
        return { ...product, firstAt: timeOf(firstAtMs), lastAt: timeOf(lastAtMs) };
      });
      const { window } = call.query;
      return pageAnswer(call, { ...page, items }, { window, ...spanJson(span), refusedMaximumError });
    },
  }),
  reportProduct: route({
    at: "GET /v1/reports/products/{productId}",
    summary: "Read a product's sums over time",
    scope: "events:read",
    params: productParams,
    query: z.strictObject(seriesFilters),
    answers: { 200: pageOf(reportPoint, undefined, seriesMore) },
    problems: ["product_not_found", "book_unavailable"],
    handle: async (call) => {
      const { productId } = call.params;
      const nowMs = Date.now();
      await addToSums(call.env.BOOK, nowMs, REPORT_MAX_STEPS_PER_REQUEST);
      const found = await seriesPage(call.env.BOOK, { ...call.query, productId }, nowMs);
      const page = found ?? missing("product_not_found", productId);
      const items = page.items.map(({ startMs, ...sums }) => ({ at: timeOf(startMs), ...sums }));
      return pageAnswer(call, { ...page, items }, { interval: call.query.interval });
    },
  }),
  reportSearches: route({
    at: "GET /v1/reports/searches",
    summary: "Rank what was searched for",
    scope: "events:read",
    query: z.strictObject(searchFilters),
    answers: ok("The words", searchReport),
    handle: async (call) => {
      const { window, limit } = call.query;
      const span = windowSpan(window, Date.now());
      const how = { span, by: "count", atLeast: MIN_SEARCHES_SHOWN, limit } as const;
      const [searched, unfound] = await Promise.all([
        rankDemand(call.env, { kind: "searched", ...how }),
        rankDemand(call.env, { kind: "unfound", ...how }),
      ]);
      const shown = ({ tallies, maximumError }: typeof searched) => {
        return { items: tallies.map(({ name: words, count }) => ({ words, count })), maximumError };
      };
      return jsonAnswer(call, {
        window,
        ...spanJson(span),
        searched: shown(searched),
        unfound: shown(unfound),
      });
    },
  }),
});

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function spanJson({ fromMs, toMs }: ReportSpan) {
  return { from: timeOf(fromMs), to: timeOf(toMs) };
}
