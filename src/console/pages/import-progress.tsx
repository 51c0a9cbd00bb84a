/** How far an import has come, what became of its rows, and which of them were refused. */
import { useState } from "preact/hooks";
import { failureOf } from "../failure.ts";
import { shownCount, shownNumber } from "../format.ts";
import { Button } from "../parts/button.tsx";
import { Confirm } from "../parts/dialog.tsx";
import { Figures } from "../parts/figures.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { saveFile } from "../saving.ts";
import { fileOfRows, refusedName } from "./import-file.ts";
import { cancelImport, type Run } from "./import-run.ts";

const MAX_SHOWN = 200;

export function ImportProgress({ run }: { run: Run }) {
  const { chosen, state, done, refused } = run;
  const total = Math.max(chosen.content.rows.length, done);
  const isRunning = state === "running";
  return (
    <section class="section" aria-labelledby="progress">
      <div class="section-head">
        <h2 id="progress">
          {isRunning ? "Importing" : "Import of"} {chosen.name}
        </h2>
        <div class="end">{isRunning && <Cancel run={run} total={total} />}</div>
      </div>
      {(done > 0 || state !== "failed") && <Standing run={run} total={total} />}
      <div role="status">{!isRunning && <Ended run={run} />}</div>
      {refused.length > 0 && <Refused run={run} />}
    </section>
  );
}

function Standing({ run, total }: { run: Run; total: number }) {
  const { state, done, refused, ms } = run;
  const isRunning = state === "running";
  const perSecond = ms < 500 ? 0 : Math.round((done / ms) * 1000);
  return (
    <>
      <progress class="progress" value={done} max={Math.max(1, total)} aria-labelledby="progress">
        {done} of {total}
      </progress>
      <p class="soft progress-line">
        <span>
          {shownNumber(done)} of {shownCount(total, "row")}
        </span>
        <span>
          {perSecond > 0 && `${shownNumber(perSecond)} rows a second`}
          {perSecond > 0 && isRunning && done < total && `, ${shownLeft((total - done) / perSecond)} to go`}
          {!isRunning && `${perSecond > 0 ? ", " : ""}${(ms / 1000).toFixed(1)} s`}
        </span>
      </p>
      <Figures
        figures={[
          { name: "Rows done", value: shownNumber(done) },
          { name: "Created", value: shownNumber(run.created) },
          { name: "Changed", value: shownNumber(run.changed) },
          { name: "As before", value: shownNumber(run.unchanged) },
          {
            name: "Refused",
            value: (
              <span class={refused.length > 0 ? "bad-text" : undefined}>{shownNumber(refused.length)}</span>
            ),
          },
        ]}
      />
    </>
  );
}

function shownLeft(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

function Ended({ run: { state, done, refused, error, chosen } }: { run: Run }) {
  const rest = chosen.content.rows.length - done;
  if (state === "cancelled")
    return (
      <Notice kind="warn" title={`Cancelled after ${shownCount(done, "row")}`}>
        <p>
          What is done stays. A few rows more may have been on their way.{" "}
          {rest > 0 && `${shownCount(rest, "row")} were not sent. `}
          Going on begins where it stopped: no row is done twice.
        </p>
      </Notice>
    );
  if (state === "failed") {
    const failure = failureOf(error);
    return (
      <FailureNotice failure={{ ...failure, ...(failure.isUnsent && CUT_OFF) }}>
        <FieldFaults fields={failure.fields} />
      </FailureNotice>
    );
  }
  if (refused.length > 0)
    return (
      <Notice kind="warn" title={`Done, and ${shownCount(refused.length, "row was", "rows were")} refused`}>
        <p>All others are in. Download the refused ones, mend them, and import that file.</p>
      </Notice>
    );
  return (
    <Notice kind="good" title="Done">
      <p>
        All {shownCount(done, "row")} are in. <a href="/">See the products</a>
      </p>
    </Notice>
  );
}

const CUT_OFF = {
  title: "The import was cut off",
  text: "What is done stays. Going on begins where it stopped: no row is done twice.",
};

function FieldFaults({ fields }: { fields: Record<string, string> }) {
  const faults = Object.entries(fields);
  if (faults.length === 0) return null;
  return (
    <ul>
      {faults.map(([field, message]) => (
        <li key={field}>
          <code>{field}</code>: {message}
        </li>
      ))}
    </ul>
  );
}

function Cancel({ run: { chosen, done }, total }: { run: Run; total: number }) {
  const [isAsked, setAsked] = useState(false);
  return (
    <>
      <Button size="compact" onClick={() => setAsked(true)}>
        Cancel import
      </Button>
      {isAsked && (
        <Confirm
          title={`Cancel the import of ${chosen.name}`}
          button="Cancel import"
          keep="Keep importing"
          onConfirm={cancelImport}
          onClose={() => setAsked(false)}
        >
          <p>
            {shownNumber(done)} of {shownCount(total, "row")} are done, and stay. The other{" "}
            {shownNumber(total - done)} are not sent.
          </p>
        </Confirm>
      )}
    </>
  );
}

const COLUMNS: readonly Column[] = [
  { text: "Line", class: "number tight" },
  { text: "Product", class: "tight" },
  { text: "Why" },
];

function Refused({ run: { chosen, refused } }: { run: Run }) {
  const { content, name } = chosen;
  const columns =
    content.format === "json" ? [{ text: "Row", class: "number tight" }, ...COLUMNS.slice(1)] : COLUMNS;
  const download = () => {
    const rows = refused.map(({ row }) => row);
    saveFile(refusedName(name, content.format), fileOfRows(content, rows));
  };
  return (
    <section class="section" aria-labelledby="refused">
      <div class="section-head">
        <h2 id="refused">Refused rows</h2>
        <span class="soft">{shownNumber(refused.length)}</span>
        <div class="end">
          <Button icon="download" size="compact" onClick={download}>
            Download refused rows
          </Button>
        </div>
      </div>
      <Table caption={`Refused rows of ${name}`} columns={columns}>
        {refused.slice(0, MAX_SHOWN).map(({ row, productId, reason }) => (
          <tr key={row}>
            <td class="number tight">{shownNumber(content.rows[row - 1]?.line ?? row)}</td>
            <th scope="row" class="tight">
              {productId ?? <span class="soft">–</span>}
            </th>
            <td class="reason">{reason}</td>
          </tr>
        ))}
      </Table>
      {refused.length > MAX_SHOWN && (
        <p class="soft small below">
          The first {MAX_SHOWN} of {shownNumber(refused.length)}; all are in the download.
        </p>
      )}
    </section>
  );
}
