/** A file of products: looked at before it is sent, sent as one, and followed row by row. */
import { useRef, useState } from "preact/hooks";
import { shownCount, shownNumber } from "../format.ts";
import { useLeaveWarning } from "../leaving.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";
import { Notice } from "../parts/notice.tsx";
import { Page } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import { lacks } from "../session.ts";
import { FORMAT_WORDS, formatOf, MAX_FILE_BYTES, previewOf, readImport, type Format } from "./import-file.ts";
import { ImportProgress } from "./import-progress.tsx";
import { forgetRun, run, startImport, type Chosen } from "./import-run.ts";

/** With the text, which another format reads again. */
interface Opened extends Chosen {
  text: string;
}

const FORMATS = (["csv", "ndjson", "json"] as const).map((format) => [format, FORMAT_WORDS[format]] as const);
const SHOWN_COLUMNS = 12;

export function ImportPage() {
  const [opened, setOpened] = useState<Opened>();
  const [fault, setFault] = useState<string>();
  const running = run.value;
  const isRunning = running?.state === "running";
  useLeaveWarning(isRunning);
  const open = async (file: File) => {
    forgetRun();
    setOpened(undefined);
    if (file.size > MAX_FILE_BYTES)
      return setFault(`${file.name} has ${shownSize(file.size)}. A file may have 25 MiB: divide it.`);
    try {
      const text = await file.text();
      setFault(text.trim() === "" ? `${file.name} is empty.` : undefined);
      const content = readImport(text, formatOf(text));
      if (text.trim() !== "") setOpened({ name: file.name, blob: file, text, content });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      setFault(`${file.name} could not be read: ${why}`);
    }
  };
  const shown = isRunning || (running && running.chosen.blob === opened?.blob) || (running && !opened);
  return (
    <Page title="Import">
      {lacks("admin") && (
        <Notice kind="warn" title="This key may not import">
          <p>
            It needs the scope <code>admin</code>.
          </p>
        </Notice>
      )}
      {!isRunning && <FileDrop onFile={(file) => void open(file)} />}
      {fault !== undefined && (
        <Notice kind="bad" title="This file cannot be imported" isAlert>
          <p>{fault}</p>
        </Notice>
      )}
      {shown && running && <ImportProgress run={running} />}
      {opened && !isRunning && (
        <Look
          opened={opened}
          isDone={running?.state === "done" && running.chosen.blob === opened.blob}
          isAgain={running !== undefined && running.done > 0 && running.chosen.blob === opened.blob}
          onFormat={(format) => setOpened({ ...opened, content: readImport(opened.text, format) })}
        />
      )}
    </Page>
  );
}

function shownSize(bytes: number): string {
  const kibibytes = bytes / 1024;
  return kibibytes < 1024 ? `${Math.ceil(kibibytes)} KiB` : `${(kibibytes / 1024).toFixed(1)} MiB`;
}

function FileDrop({ onFile }: { onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  return (
    <label
      class={isOver ? "drop is-over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer?.files[0];
        if (file) onFile(file);
      }}
    >
      <Icon name="upload" />
      <span>
        <strong>Choose a file</strong> or drop it here
      </span>
      <span class="soft small">
        CSV, NDJSON or a JSON array, up to 25 MiB. A product that is there is changed, another one is created.
      </span>
      <input
        ref={input}
        class="sr"
        type="file"
        accept=".csv,.json,.jsonl,.ndjson,.txt,text/csv,application/json,application/x-ndjson"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file) onFile(file);
          // The same file, mended, is chosen again.
          currentTarget.value = "";
        }}
      />
    </label>
  );
}

interface LookProps {
  opened: Opened;
  /** It has been imported as it is. */
  isDone: boolean;
  /** It was begun. */
  isAgain: boolean;
  onFormat: (format: Format) => void;
}

function Look({ opened, isDone, isAgain, onFormat }: LookProps) {
  const { name, blob, content } = opened;
  const { format, rows, fault } = content;
  const isReady = fault === undefined && rows.length > 0 && !lacks("admin");
  if (isDone) return null;
  return (
    <section class="section" aria-labelledby="file">
      <div class="section-head">
        <h2 id="file">{name}</h2>
        <span class="soft">
          {shownCount(rows.length, "row")}, {shownSize(blob.size)}
        </span>
      </div>
      <div class="look-head">
        <Field
          label="Format"
          name="format"
          value={format}
          options={FORMATS}
          onValue={(value) => {
            const [chosen] = FORMATS.find(([one]) => one === value) ?? [];
            if (chosen) onFormat(chosen);
          }}
        />
        <Button kind="primary" icon="upload" disabled={!isReady} onClick={() => void startImport(opened)}>
          {isAgain ? "Go on with" : "Import"} {shownCount(rows.length, "row")}
        </Button>
      </div>
      {fault === undefined ? (
        <FirstRows opened={opened} />
      ) : (
        <Notice kind="bad" title={`This is no ${format === "csv" ? "CSV" : "JSON array"}`} isAlert>
          <p>{fault} Choose another format, or mend the file.</p>
        </Notice>
      )}
    </section>
  );
}

function FirstRows({ opened: { name, content } }: { opened: Opened }) {
  const { columns, rows } = previewOf(content);
  const hidden = columns.length - SHOWN_COLUMNS;
  return (
    <>
      <Table
        caption={`The first rows of ${name}`}
        columns={columns.slice(0, SHOWN_COLUMNS).map((text) => ({ text: text === "" ? "(no name)" : text }))}
      >
        {rows.map((cells, row) => (
          <tr key={content.rows[row]?.line ?? row}>
            {columns.slice(0, SHOWN_COLUMNS).map((column, place) => (
              <td key={column} class="cut" title={cells[place]}>
                {cells[place]}
              </td>
            ))}
          </tr>
        ))}
      </Table>
      <p class="soft small below">
        {content.rows.length > rows.length
          ? `The first ${rows.length} of ${shownCount(content.rows.length, "row")}`
          : "All rows"}
        {hidden > 0 && `; ${shownNumber(hidden)} more columns are not shown`}.
      </p>
    </>
  );
}
