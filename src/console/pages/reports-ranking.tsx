/** Products by one measure, the most first. */
import { holdfast } from "../connection.ts";
import type { ProductReport, ProductReportPage, ReportAmount } from "../../client/wire-operation.ts";
import { shownCount, shownNumber, shownTime } from "../format.ts";
import { LoadMore } from "../parts/load-more.tsx";
import { LoadFailure } from "../parts/notice.tsx";
import { Value } from "../parts/number.tsx";
import { Empty, SkeletonRows, Table, type Column } from "../parts/table.tsx";
import { useResource } from "../resource.ts";
import { MEASURES, reportPath, type Measure, type Report } from "./reports-choice.ts";

const PAGE_SIZE = 20;

function columnsOf(measure: Measure): Column[] {
  return [
    { text: "Product" },
    ...MEASURES.map(({ id, text }): Column =>
      id === measure
        ? { text, class: "number", sort: "descending" }
        : { text, class: id === "added" ? "number wide widest" : "number wide" },
    ),
  ];
}

export function RankingSection({ report }: { report: Report }) {
  const { window, measure } = report;
  const read = (cursor?: string, signal?: AbortSignal) =>
    holdfast.reports.products(
      { window, sort: measure, limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) },
      signal ? { signal } : {},
    );
  const ranking = useResource<ProductReportPage>(
    `ranking ${window} ${measure}`,
    async (signal) => read(undefined, signal),
    { keepsLast: true },
  );
  const { data, error } = ranking;
  const columns = columnsOf(measure);
  const word = MEASURES.find(({ id }) => id === measure)?.text.toLowerCase() ?? measure;
  return (
    <section class="section" aria-labelledby="ranking">
      <div class="section-head">
        <h2 id="ranking">Products</h2>
        {data && <span class="soft">since {shownTime(Date.parse(data.from))}</span>}
      </div>
      {error !== undefined && <LoadFailure error={error} onRetry={ranking.reload} />}
      {data?.items.length === 0 ? (
        <div class="frame">
          <Empty>{`Nothing was ${word} in this time. Choose a longer one, or another measure.`}</Empty>
        </div>
      ) : (
        (data !== undefined || error === undefined) && (
          <div class={ranking.isOld ? "is-old" : undefined} aria-busy={ranking.isLoading ? "true" : "false"}>
            <Table caption={`Products by units ${word}`} columns={columns} kind="list">
              {data ? (
                data.items.map((product) => <Row key={product.productId} product={product} report={report} />)
              ) : (
                <SkeletonRows columns={columns} rows={6} />
              )}
            </Table>
          </div>
        )
      )}
      {measure === "refused" && data !== undefined && data.refusedMaximumError > 0 && (
        <p class="soft small">
          {`Too many products for all to be counted: each number may be too low by ${shownNumber(data.refusedMaximumError)}.`}
        </p>
      )}
      {data?.nextCursor != null && !ranking.isOld && (
        <LoadMore
          text={`Load ${PAGE_SIZE} more`}
          load={async () => read(data.nextCursor ?? undefined)}
          onLoaded={({ items, nextCursor }) =>
            ranking.put((shown) => shown && { ...shown, items: [...shown.items, ...items], nextCursor })
          }
        />
      )}
    </section>
  );
}

function Row({ product, report }: { product: ProductReport; report: Report }) {
  const { productId, name } = product;
  return (
    <tr>
      <th scope="row">
        <div class="named">
          <span class="names">
            <a
              class="row-link"
              href={reportPath({ ...report, product: productId })}
              title={name ?? productId}
            >
              {name ?? productId}
            </a>
            <span class="soft small">{name === null ? "Deleted" : productId}</span>
          </span>
        </div>
      </th>
      {MEASURES.map(({ id }) => (
        <td
          key={id}
          class={`number ${id === report.measure ? "strong" : id === "added" ? "wide widest" : "wide"}`}
        >
          <Amount of={product[id]} unit={id === "refused" ? "request" : "event"} />
        </td>
      ))}
    </tr>
  );
}

function Amount({ of: { units, count }, unit }: { of: ReportAmount; unit: string }) {
  return (
    <span title={units === 0 ? undefined : `In ${shownCount(count, unit)}`}>
      <Value value={units} isQuietAtZero />
    </span>
  );
}
