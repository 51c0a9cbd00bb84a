/** Sources of market prices and catalogs outside: how each fares, a refresh of all that came from it, and imports by its ids. */
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import type { Source, SourceImport, SourceName } from "../../client/wire-operation.ts";
import { holdfast } from "../connection.ts";
import type { Failure } from "../failure.ts";
import { shownNumber, shownTime } from "../format.ts";
import { readMetrics, sumOf, type Metrics } from "../metrics.ts";
import { Button } from "../parts/button.tsx";
import { Figures } from "../parts/figures.tsx";
import { FailureNotice, LoadFailure, Notice } from "../parts/notice.tsx";
import { Page } from "../parts/page.tsx";
import { SidePanel } from "../parts/side-panel.tsx";
import { State } from "../parts/state.tsx";
import { Age, Ago } from "../parts/time.tsx";
import { usePressing } from "../pressing.ts";
import { useReload } from "../reloading.ts";
import { useResource } from "../resource.ts";
import { toast } from "../saying.ts";
import { lacks } from "../session.ts";
import { ImportedRows, SourceImportForm } from "./sources-import.tsx";
import { SOURCE_NAMES, SOURCE_WORDS } from "./sources-words.ts";

const PATH = "/console/sources";
const RELOAD_MS = 5000;

export function SourcesPage() {
  const { query, route } = useLocation();
  const [imported, setImported] = useState<{ from: SourceName; answer: SourceImport }>();
  const sources = useResource("sources", async (signal) => (await holdfast.sources.list({ signal })).items);
  const measured = useResource("metrics", async (signal) =>
    readMetrics(await holdfast.admin.metrics({ signal })),
  );
  useReload(sources, RELOAD_MS);
  useReload(measured, RELOAD_MS);
  const { data, error } = sources;
  const close = () => route(PATH);
  const known = data?.filter(({ configured }) => configured).map(({ name }) => name) ?? SOURCE_NAMES;
  const put = (changed: Source) =>
    sources.put((shown) => shown?.map((one) => (one.name === changed.name ? changed : one)));
  return (
    <Page
      title="Sources"
      end={
        <Button icon="satellite-dish" onClick={() => route(`${PATH}?import`)}>
          Import by id
        </Button>
      }
    >
      {error !== undefined && <LoadFailure error={error} onRetry={sources.reload} />}
      <div class="with-panel set-up">
        <div class="sources">
          {imported && <ImportedRows {...imported} />}
          {data?.map((source) => (
            <SourceSection key={source.name} source={source} metrics={measured.data} onSource={put} />
          ))}
          {!data && error === undefined && <span class="skeleton" style={{ height: "160px" }} />}
        </div>
        <SidePanel title="Import by id" chosen={"import" in query ? "import" : undefined} onClose={close}>
          {known.length === 0 ? (
            <Notice kind="warn" title="No source can be asked">
              <p>None has its key. The configuration says how to give it one.</p>
            </Notice>
          ) : (
            <SourceImportForm
              names={known}
              onDone={(from, answer) => {
                setImported({ from, answer });
                sources.reload();
                close();
              }}
            />
          )}
        </SidePanel>
      </div>
    </Page>
  );
}

interface SourceSectionProps {
  source: Source;
  metrics: Metrics | undefined;
  onSource: (source: Source) => void;
}

function SourceSection({ source, metrics, onSource }: SourceSectionProps) {
  const { name, configured, lastSuccessAt, lastError, nextRunAt, state } = source;
  const { busy, press } = usePressing();
  const [failure, setFailure] = useState<Failure>();
  const isRunning = source.progress !== null && source.progress.endedAt === null;
  const refresh = () =>
    press("refresh", {
      send: (options) => holdfast.sources.refresh(name, options),
      onDone: (changed) => {
        setFailure(undefined);
        onSource(changed);
        toast(`${SOURCE_WORDS[name]} is being refreshed`);
      },
      onFailure: setFailure,
    });
  return (
    <section class="frame source" aria-labelledby={`source-${name}`}>
      <div class="section-head">
        <h2 id={`source-${name}`}>{SOURCE_WORDS[name]}</h2>
        <SourceState source={source} />
        <div class="end">
          <Button
            size="compact"
            busy={busy !== undefined || isRunning}
            disabled={!configured || lacks("admin")}
            onClick={() => void refresh()}
          >
            {isRunning ? "Refreshing" : "Refresh"}
          </Button>
        </div>
      </div>
      {!configured && (
        <Notice kind="plain" title="It has no key">
          <p>Nothing is asked of it until the service is given one.</p>
        </Notice>
      )}
      <Figures
        figures={[
          { name: "Last success", value: lastSuccessAt === null ? "never" : <Age at={lastSuccessAt} /> },
          { name: "Asked next", value: nextRunAt === null ? "–" : <At at={nextRunAt} /> },
          ...callFigures(name, metrics),
        ]}
      />
      {isRunning || source.progress ? <LastRun source={source} /> : null}
      {lastError && (
        <Notice
          kind={state === "down" ? "bad" : "warn"}
          title={state === "down" ? "It is left alone for a while" : "The last attempt failed"}
        >
          <p>
            {sentence(lastError.reason)} <Ago at={lastError.at} />.
            {state === "down" && " Prices that came from it grow old, and are marked so."}
          </p>
        </Notice>
      )}
      {failure && <FailureNotice failure={failure} />}
    </section>
  );
}

function sentence(reason: string): string {
  return `${reason[0]?.toUpperCase() ?? ""}${reason.slice(1)}${/[.!?]$/.test(reason) ? "" : ","}`;
}

function At({ at }: { at: string }) {
  const atMs = Date.parse(at);
  return (
    <time dateTime={at} title={shownTime(atMs)}>
      {new Date(atMs).toLocaleTimeString("en-GB")}
    </time>
  );
}

/** Since the service began to measure; `skipped` are those that its breaker kept back. */
function callFigures(name: SourceName, metrics: Metrics | undefined) {
  const calls = "holdfast_source_calls_total";
  if (!metrics || !sumOf(metrics, calls, { source: name })) return [];
  const of = (outcome: string) => sumOf(metrics, calls, { source: name, outcome });
  return [
    { name: "Calls answered", value: shownNumber(of("ok") ?? 0) },
    { name: "Failed", value: shownNumber(of("failed") ?? 0) },
    { name: "Held back", value: shownNumber(of("skipped") ?? 0) },
  ];
}

function SourceState({ source: { state, configured } }: { source: Source }) {
  if (!configured) return <State shape="dash">Not configured</State>;
  switch (state) {
    case "ok":
      return <State shape="ring">Answers</State>;
    case "idle":
      return <State shape="dash">Not asked yet</State>;
    case "degraded":
      return (
        <State shape="disc" tone="warn">
          Degraded
        </State>
      );
    case "down":
      return (
        <State shape="square" tone="bad">
          Down
        </State>
      );
  }
}

function LastRun({ source: { progress, name } }: { source: Source }) {
  if (!progress) return null;
  const { endedAt, total, products, quotes, changed, refused } = progress;
  const words = `${shownNumber(products)} of ${shownNumber(total)} products looked at`;
  return (
    <div>
      {endedAt === null && (
        <progress
          class="progress"
          value={products}
          max={Math.max(1, total)}
          aria-label={`Refresh of ${SOURCE_WORDS[name]}`}
        >
          {words}
        </progress>
      )}
      <p class="soft">
        {endedAt === null ? (
          words
        ) : (
          <>
            Refreshed <Ago at={endedAt} />: {words}
          </>
        )}
        , {shownNumber(quotes)} new prices, {shownNumber(changed)} entries changed, {shownNumber(refused)}{" "}
        refused.
      </p>
    </div>
  );
}
