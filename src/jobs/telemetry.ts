/**
 * Every minute: what can only be measured by asking, and the export. Both run beside the other jobs, also while the book is away,
 * and never hold them up.
 */
import { readConfig } from "../env";
import { inParallel } from "../in-parallel";
import { allLedgers } from "../ledgers";
import { SWEEP_CONCURRENCY } from "../limits";
import { METER_CALL_TIMEOUT_MS, OTLP_TIMEOUT_MS } from "../limits/metrics";
import type { GaugeName, LabelsOf } from "../telemetry/instruments";
import { logError } from "../telemetry/log";
import { count } from "../telemetry/meter-buffer";
import { otlpRequest } from "../telemetry/otlp";
import { keyOf } from "../telemetry/series";
import { withTimeout } from "../timeout";

const METRICS_PATH = "/v1/metrics";

/** How far products are behind, as the ledgers know it. Never rejects. */
export async function measureLedgers(env: Env, now: number): Promise<void> {
  try {
    let [waiting, turnedAway, oldestAt] = [0, 0, now];
    await inParallel(allLedgers(env), SWEEP_CONCURRENCY, async (ledger) => {
      const asked = Promise.resolve(ledger.backlog());
      const backlog = await withTimeout(asked, METER_CALL_TIMEOUT_MS, "ledger");
      waiting += backlog.waiting;
      turnedAway += backlog.turnedAway;
      oldestAt = Math.min(oldestAt, backlog.oldestAt);
    });
    await report(env, "ledgers", [
      gauge("holdfast_outbox_waiting_entries", {}, waiting),
      gauge("holdfast_outbox_turned_away", {}, turnedAway),
      gauge("holdfast_outbox_oldest_seconds", {}, (now - oldestAt) / 1000),
      gauge("holdfast_minute_job_timestamp_seconds", {}, now / 1000),
    ]);
  } catch (error) {
    logError("ledgers not measured", error);
  }
}

/** Never rejects. */
export async function measureLagging(env: Env, products: number): Promise<void> {
  await report(env, "sweep", [gauge("holdfast_products_lagging", {}, products)]).catch((error: unknown) =>
    logError("lagging products not measured", error),
  );
}

/** Sends everything that is measured, where that is configured. Never rejects: what fails is logged and counted. */
export async function exportMetrics(env: Env, now: number): Promise<void> {
  try {
    const { otlpEndpoint, otlpHeaders } = readConfig(env);
    const meter = env.METER.getByName("meter");
    if (otlpEndpoint === "") {
      await withTimeout(Promise.resolve(meter.check()), METER_CALL_TIMEOUT_MS, "Meter");
      return;
    }
    const snapshot = await withTimeout(Promise.resolve(meter.snapshot()), METER_CALL_TIMEOUT_MS, "Meter");
    const { startedAtMs } = snapshot;
    const response = await fetch(exportUrl(otlpEndpoint), {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headersOf(otlpHeaders) },
      body: JSON.stringify(otlpRequest(snapshot, { startedAtMs, now })),
      redirect: "manual",
      signal: AbortSignal.timeout(OTLP_TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
    count("holdfast_otlp_pushes_total", { outcome: "ok" });
  } catch (error) {
    count("holdfast_otlp_pushes_total", { outcome: "failed" });
    logError("metrics not exported", error);
  }
}

/** As OTEL_EXPORTER_OTLP_ENDPOINT is understood everywhere: the base, or the whole. */
function exportUrl(endpoint: string): string {
  const base = endpoint.replace(/\/+$/, "");
  return base.endsWith(METRICS_PATH) ? base : base + METRICS_PATH;
}

/** As OTEL_EXPORTER_OTLP_HEADERS is written: `name=value,name=value`, values percent-encoded. */
function headersOf(list: string): Record<string, string> {
  const pairs = list.split(",").flatMap((pair): [string, string][] => {
    const equals = pair.indexOf("=");
    return equals > 0
      ? [[pair.slice(0, equals).trim(), decodeURIComponent(pair.slice(equals + 1).trim())]]
      : [];
  });
  return Object.fromEntries(pairs);
}

function gauge<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, value: number): [string, number] {
  return [keyOf(name, labels), value];
}

function report(env: Env, reporter: string, gauges: [string, number][]): Promise<void> {
  const sent = Promise.resolve(env.METER.getByName("meter").measured(reporter, gauges));
  return withTimeout(sent, METER_CALL_TIMEOUT_MS, "Meter");
}
