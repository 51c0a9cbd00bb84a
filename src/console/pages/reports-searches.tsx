/** What customers searched for, and what they searched for in vain. */
import type { ReportWindow, SearchCounts } from "../../client/wire-operation.ts";
import { holdfast } from "../connection.ts";
import { shownNumber } from "../format.ts";
import { LoadFailure } from "../parts/notice.tsx";
import { Value } from "../parts/number.tsx";
import { Empty, SkeletonRows, Table, type Column } from "../parts/table.tsx";
import { useResource } from "../resource.ts";

const COLUMNS: readonly Column[] = [{ text: "Words" }, { text: "Times", class: "number" }];
const SHOWN = 20;

export function SearchesSection({ window }: { window: ReportWindow }) {
  const { data, error, reload, isOld } = useResource(
    `searches ${window}`,
    (signal) => holdfast.reports.searches({ window, limit: SHOWN }, { signal }),
    { keepsLast: true },
  );
  if (error !== undefined && !data)
    return (
      <section class="section" aria-labelledby="asked">
        <div class="section-head">
          <h2 id="asked">Searches</h2>
        </div>
        <LoadFailure error={error} onRetry={reload} />
      </section>
    );
  return (
    <div class={isOld ? "searches is-old" : "searches"}>
      <Counts
        id="asked"
        title="Most asked"
        counts={data?.searched}
        empty="Nobody has asked for the same words twice in this time."
      />
      <Counts
        id="in-vain"
        title="Asked in vain"
        counts={data?.unfound}
        empty="Every search that was asked twice or more found something."
        leadsToSearch={false}
      />
    </div>
  );
}

interface CountsProps {
  id: string;
  title: string;
  counts: SearchCounts | undefined;
  empty: string;
  /** Words that find nothing lead nowhere. */
  leadsToSearch?: boolean;
}

function Counts({ id, title, counts, empty, leadsToSearch = true }: CountsProps) {
  return (
    <section class="section" aria-labelledby={id}>
      <div class="section-head">
        <h2 id={id}>{title}</h2>
      </div>
      {counts?.items.length === 0 ? (
        <div class="frame">
          <Empty>{empty}</Empty>
        </div>
      ) : (
        <Table caption={`${title}: words and times`} columns={COLUMNS}>
          {counts ? (
            counts.items.map(({ words, count }) => (
              <tr key={words}>
                <th scope="row" class="reason">
                  {leadsToSearch ? (
                    <a class="plain" href={`/?q=${encodeURIComponent(words)}`}>
                      {words}
                    </a>
                  ) : (
                    words
                  )}
                </th>
                <td class="number">
                  <Value value={count} />
                </td>
              </tr>
            ))
          ) : (
            <SkeletonRows columns={COLUMNS} rows={4} />
          )}
        </Table>
      )}
      {counts !== undefined && counts.maximumError > 0 && (
        <p class="soft small">{`Each count may be too low by ${shownNumber(counts.maximumError)}.`}</p>
      )}
    </section>
  );
}
