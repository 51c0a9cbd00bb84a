/** One product over time, by hours or by days. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { isProblem } from "../../client/problem.ts";
import { serviceNow } from "../clock.ts";
import { holdfast } from "../connection.ts";
import { shownCount, shownNumber } from "../format.ts";
import { laterPart } from "../later.tsx";
import { productPath } from "../navigation.ts";
import { Button } from "../parts/button.tsx";
import { LoadFailure } from "../parts/notice.tsx";
import { Empty } from "../parts/table.tsx";
import { useResource } from "../resource.ts";
import { MEASURES, pointsOf, seriesMeasure, seriesQuery, type Report } from "./reports-choice.ts";

const Chart = laterPart(() => import("../parts/chart.tsx").then(({ Chart }) => Chart));

const STEP_MS = { hour: 3_600_000, day: 86_400_000 };

export function SeriesSection({ report, onClose }: { report: Report; onClose: () => void }) {
  const { product, window } = report;
  const heading = useRef<HTMLHeadingElement>(null);
  const measure = seriesMeasure(report.measure);
  const word = MEASURES.find(({ id }) => id === measure)?.text ?? measure;
  const { data, error, reload, isOld } = useResource(
    `series ${product} ${window}`,
    async (signal) => holdfast.reports.product(product, seriesQuery(window, serviceNow()), { signal }),
    { keepsLast: true },
  );
  // Who chose a row further down is led to what it opened.
  useLayoutEffect(() => {
    heading.current?.focus({ preventScroll: true });
    heading.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const points = data ? pointsOf(data.items, measure) : [];
  const total = points.reduce((sum, { value }) => sum + value, 0);
  const interval = data?.interval ?? "hour";
  return (
    <section class="section" aria-labelledby="series">
      <div class="section-head">
        <h2 id="series" ref={heading} tabIndex={-1}>
          {word} by {interval}
        </h2>
        <a href={productPath(product)}>{product}</a>
        <Button size="compact" kind="quiet" icon="x" iconOnly onClick={onClose}>
          Close {product}
        </Button>
      </div>
      {error !== undefined && !isProblem(error, "product_not_found") && (
        <LoadFailure error={error} onRetry={reload} />
      )}
      {isProblem(error, "product_not_found") && (
        <div class="frame">
          <Empty>There is no product {product}.</Empty>
        </div>
      )}
      {error === undefined && (
        <div class={isOld ? "frame is-old" : "frame"}>
          {points.length > 1 ? (
            <Chart
              label={`${word} of ${product} by ${interval}: ${shownCount(total, "unit")} in all`}
              points={points}
              kind="step"
              unit={word}
              show={shownNumber}
              untilMs={Date.parse(data?.items.at(-1)?.at ?? "") + STEP_MS[interval]}
            />
          ) : (
            <div class="chart" style={{ height: "172px" }} />
          )}
        </div>
      )}
    </section>
  );
}
