/**
 * Measurements as Prometheus reads them: its text format 0.0.4, or OpenMetrics 1.0. (OpenTelemetry's serializer brings Node's HTTP
 * server along, and knows no OpenMetrics: docs/operating.md.)
 */
import { bucketsOf, INSTRUMENTS, type InstrumentName } from "./instruments";
import { seriesOf, type Distribution, type Measurements, type Series } from "./series";

export const PROMETHEUS_TYPES = ["text/plain", "application/openmetrics-text"] as const;
export type PrometheusType = (typeof PROMETHEUS_TYPES)[number];

const CONTENT_TYPES: Record<PrometheusType, string> = {
  "text/plain": "text/plain; version=0.0.4; charset=utf-8",
  "application/openmetrics-text": "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

export function prometheusContentType(type: PrometheusType): string {
  return CONTENT_TYPES[type];
}

export function prometheusText({ numbers, distributions }: Measurements, type: PrometheusType): string {
  const lines = new Map<InstrumentName, string[]>();
  const add = ({ name }: Series, shown: string[]) => {
    const known = lines.get(name);
    if (known) known.push(...shown);
    else lines.set(name, [...head(name, type), ...shown]);
  };
  for (const [key, value] of Object.entries(numbers)) {
    const series = seriesOf(key);
    if (series) add(series, [`${series.name}${labelText(series.labels)} ${value}`]);
  }
  for (const [key, value] of Object.entries(distributions)) {
    const series = seriesOf(key);
    if (series) add(series, distributionLines(series, value));
  }
  const text = [...lines.values()].flat();
  if (type === "application/openmetrics-text") text.push("# EOF");
  return `${text.join("\n")}\n`;
}

/** OpenMetrics names a family of counters without `_total`. */
function head(name: InstrumentName, type: PrometheusType): string[] {
  const { kind, help } = INSTRUMENTS[name];
  const family =
    type === "application/openmetrics-text" && kind === "counter" ? name.replace(/_total$/, "") : name;
  return [`# HELP ${family} ${escapedHelp(help)}`, `# TYPE ${family} ${kind}`];
}

function distributionLines({ name, labels }: Series, { sum, counts }: Distribution): string[] {
  const bounds = [...(bucketsOf(name) ?? []).map(String), "+Inf"];
  // Measured by a release with other buckets.
  if (counts.length !== bounds.length) return [];
  let below = 0;
  const buckets = bounds.map((bound, index) => {
    below += counts[index] ?? 0;
    return `${name}_bucket${labelText([...labels, ["le", bound]])} ${below}`;
  });
  const text = labelText(labels);
  return [...buckets, `${name}_sum${text} ${sum}`, `${name}_count${text} ${below}`];
}

function labelText(labels: Series["labels"]): string {
  if (labels.length === 0) return "";
  return `{${labels.map(([label, value]) => `${label}="${escapedValue(value)}"`).join(",")}}`;
}

function escapedHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapedValue(text: string): string {
  return escapedHelp(text).replaceAll('"', '\\"');
}
