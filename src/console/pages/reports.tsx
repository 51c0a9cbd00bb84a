/** What sold and what did not, by product and by time; what was refused; what was searched for, and not found. */
import { useLocation } from "preact-iso";
import type { ReportWindow } from "../../client/wire-operation.ts";
import { Chips } from "../parts/chips.tsx";
import { Notice } from "../parts/notice.tsx";
import { Page } from "../parts/page.tsx";
import { lacks } from "../session.ts";
import { RankingSection } from "./reports-ranking.tsx";
import { SearchesSection } from "./reports-searches.tsx";
import { SeriesSection } from "./reports-series.tsx";
import { MEASURES, readReport, reportPath, WINDOWS, type Report } from "./reports-choice.ts";

const WINDOW_WORDS: Record<ReportWindow, string> = {
  "24h": "24 hours",
  "7d": "7 days",
  "30d": "30 days",
  "90d": "90 days",
};

export function ReportsPage() {
  const { query, route } = useLocation();
  const report = readReport(query);
  const choose = (change: Partial<Report>) => route(reportPath({ ...report, ...change }), true);
  if (lacks("events:read"))
    return (
      <Page title="Reports">
        <Notice kind="warn" title="This key may not see reports">
          <p>
            It needs the scope <code>events:read</code>.
          </p>
        </Notice>
      </Page>
    );
  return (
    <Page
      title="Reports"
      end={
        <select
          class="input sort"
          aria-label="Over"
          value={report.window}
          onChange={({ currentTarget: { value } }) => {
            const window = WINDOWS.find((one) => one === value);
            if (window) choose({ window });
          }}
        >
          {WINDOWS.map((window) => (
            <option key={window} value={window}>
              {WINDOW_WORDS[window]}
            </option>
          ))}
        </select>
      }
    >
      <Chips
        label="Order by"
        chips={MEASURES.map(({ id, text }) => ({ id, text, isOn: id === report.measure }))}
        onToggle={(id) => {
          const measure = MEASURES.find((one) => one.id === id)?.id;
          if (measure) choose({ measure });
        }}
      />
      {report.product !== "" && (
        <SeriesSection key={report.product} report={report} onClose={() => choose({ product: "" })} />
      )}
      <RankingSection report={report} />
      <SearchesSection window={report.window} />
    </Page>
  );
}
