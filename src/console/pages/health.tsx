/** How each part is that the service stands on, how far the book is behind, and whether it agrees with the products. */
import type { HealthOfPart, HealthReport } from "../../client/wire-operation.ts";
import { holdfast } from "../connection.ts";
import { shownNumber } from "../format.ts";
import { readMetrics, sumOf, withinOf, type Metrics } from "../metrics.ts";
import { Button } from "../parts/button.tsx";
import { Figures } from "../parts/figures.tsx";
import { LoadFailure, Notice } from "../parts/notice.tsx";
import { Page } from "../parts/page.tsx";
import { State } from "../parts/state.tsx";
import { SkeletonRows, Table, type Column } from "../parts/table.tsx";
import { Age, Ago } from "../parts/time.tsx";
import { useReload } from "../reloading.ts";
import { useResource } from "../resource.ts";
import { lacks } from "../session.ts";
import { Verifier } from "./health-verifier.tsx";
import { sourceWord } from "./sources-words.ts";

const RELOAD_MS = 10_000;
const COLUMNS: readonly Column[] = [
  { text: "Part" },
  { text: "State" },
  { text: "Latency", class: "number" },
  { text: "Last success", class: "number" },
  { text: "What is wrong", class: "wide" },
];

export function HealthPage() {
  const report = useResource("health", (signal) => holdfast.admin.health({ signal }));
  const measured = useResource("metrics", async (signal) =>
    lacks("admin") ? undefined : readMetrics(await holdfast.admin.metrics({ signal })),
  );
  useReload(report, RELOAD_MS);
  useReload(measured, RELOAD_MS);
  const { data, error } = report;
  return (
    <Page
      title="Health"
      count={
        data && (
          <>
            checked <Ago at={data.checkedAt} />
          </>
        )
      }
      end={
        <Button
          icon="heart-pulse"
          busy={report.isLoading && data !== undefined}
          onClick={() => {
            report.reload();
            measured.reload();
          }}
        >
          Check now
        </Button>
      }
    >
      {error !== undefined && <LoadFailure error={error} onRetry={report.reload} />}
      {data && <Whole status={data.status} />}
      {(data !== undefined || error === undefined) && (
        <div class="below" aria-busy={report.isLoading ? "true" : "false"}>
          <Table caption="Parts of the service" columns={COLUMNS}>
            {data ? (
              partsOf(data).map((part) => <Row key={part.name} {...part} />)
            ) : (
              <SkeletonRows columns={COLUMNS} rows={6} />
            )}
          </Table>
        </div>
      )}
      {measured.error !== undefined && error === undefined && (
        <LoadFailure error={measured.error} onRetry={measured.reload} />
      )}
      {measured.data && <BookLag metrics={measured.data} />}
      <Verifier metrics={measured.data} />
    </Page>
  );
}

const WHOLE: Record<HealthReport["status"], [kind: "good" | "warn" | "bad", title: string, text: string]> = {
  healthy: ["good", "Healthy", "Every part answers."],
  degraded: [
    "warn",
    "Degraded",
    "Stock is still decided and the book is still read. What fails below is missing or grows old.",
  ],
  unhealthy: ["bad", "Unhealthy", "A part that everything needs does not answer. Changes may be refused."],
};

function Whole({ status }: Pick<HealthReport, "status">) {
  const [kind, title, text] = WHOLE[status];
  return (
    <Notice kind={kind} title={title}>
      <p>{text}</p>
    </Notice>
  );
}

const NAMES = {
  book: ["Book", "the log and the read model"],
  search: ["Search", "the index of names"],
  catalogCache: ["Catalog cache", "without it the book answers"],
  objects: ["Products", "the objects that decide about stock"],
} as const;

interface Part {
  name: string;
  what: string;
  part: HealthOfPart;
}

function partsOf({ parts: { sources, ...own } }: HealthReport): Part[] {
  const known = (["objects", "book", "search", "catalogCache"] as const).map((key): Part => {
    const [name, what] = NAMES[key];
    return { name, what, part: own[key] };
  });
  const outside = Object.entries(sources).map(([name, part]) => ({
    name: sourceWord(name),
    what: "a source outside",
    part,
  }));
  return [...known, ...outside];
}

function Row({ name, what, part: { status, latencyMs, lastSuccessAt, detail } }: Part) {
  return (
    <tr>
      <th scope="row">
        <span class="names">
          <span>{name}</span>
          <span class="soft small">{what}</span>
        </span>
      </th>
      <td>
        <PartState status={status} />
      </td>
      <td class="number">{shownNumber(latencyMs)} ms</td>
      <td class="number soft">{lastSuccessAt === null ? "–" : <Age at={lastSuccessAt} />}</td>
      <td class="wide soft reason">{detail}</td>
    </tr>
  );
}

function PartState({ status }: Pick<HealthOfPart, "status">) {
  if (status === "healthy") return <State shape="ring">Healthy</State>;
  if (status === "degraded")
    return (
      <State shape="disc" tone="warn">
        Degraded
      </State>
    );
  return (
    <State shape="square" tone="bad">
      Unhealthy
    </State>
  );
}

/** How long after a product's change the book has it, as the minute job last measured, and over all that was measured. */
function BookLag({ metrics }: { metrics: Metrics }) {
  const oldest = sumOf(metrics, "holdfast_outbox_oldest_seconds");
  const waiting = sumOf(metrics, "holdfast_outbox_waiting_entries");
  const lagging = sumOf(metrics, "holdfast_products_lagging");
  const measuredAt = sumOf(metrics, "holdfast_minute_job_timestamp_seconds");
  const within = withinOf(metrics, "holdfast_book_lag_seconds", 0.99);
  const newest = sumOf(metrics, "holdfast_book_newest_offset");
  return (
    <section class="section" aria-labelledby="lag">
      <div class="section-head">
        <h2 id="lag">Lag of the book</h2>
        {measuredAt !== undefined && measuredAt > 0 && (
          <span class="soft">
            measured <Ago at={measuredAt * 1000} />
          </span>
        )}
      </div>
      <Figures
        figures={[
          { name: "Oldest event not in it", value: oldest === undefined ? "–" : shownSeconds(oldest) },
          { name: "99 of 100 are in within", value: within === undefined ? "–" : shownSeconds(within) },
          { name: "Batches that wait", value: shownOr(waiting) },
          { name: "Products behind", value: shownOr(lagging) },
          { name: "Newest offset", value: newest === undefined ? "–" : String(newest) },
        ]}
      />
    </section>
  );
}

function shownOr(value: number | undefined): string {
  return value === undefined ? "–" : shownNumber(value);
}

function shownSeconds(seconds: number): string {
  if (seconds === 0) return "none";
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${shownNumber(Math.round(seconds * 10) / 10)} s`;
}
