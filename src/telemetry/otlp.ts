/**
 * Measurements as OTLP over HTTP has them (opentelemetry-proto, metrics/v1, in JSON): sums and histograms since the Meter began,
 * gauges of now.
 */
import { bucketsOf, INSTRUMENTS, type InstrumentName } from "./instruments";
import { seriesOf, type Measurements, type Series } from "./series";

/** Of the protocol: sums grow from their start on. */
const CUMULATIVE = 2;

interface Span {
  startedAtMs: number;
  now: number;
}

export function otlpRequest(measured: Measurements, span: Span): object {
  const points = new Map<InstrumentName, object[]>();
  const add = ({ name }: Series, point: object) => {
    const known = points.get(name);
    if (known) known.push(point);
    else points.set(name, [point]);
  };
  for (const [key, value] of Object.entries(measured.numbers)) {
    const series = seriesOf(key);
    if (series) add(series, { ...pointOf(series, span), asDouble: value });
  }
  for (const [key, { sum, counts }] of Object.entries(measured.distributions)) {
    const series = seriesOf(key);
    const explicitBounds = series && bucketsOf(series.name);
    // Measured by a release with other buckets.
    if (!series || explicitBounds?.length !== counts.length - 1) continue;
    const count = counts.reduce((total, one) => total + one, 0);
    // Numbers of 64 bits are texts in the protocol's JSON.
    const buckets = { count: String(count), sum, bucketCounts: counts.map(String), explicitBounds };
    add(series, { ...pointOf(series, span), ...buckets });
  }
  const metrics = [...points].map(([name, dataPoints]) => metricOf(name, dataPoints));
  const resource = { attributes: [attribute("service.name", "holdfast")] };
  return { resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: "holdfast" }, metrics }] }] };
}

function metricOf(name: InstrumentName, dataPoints: object[]): object {
  const { kind, help: description } = INSTRUMENTS[name];
  const unit = name.includes("_seconds") ? "s" : "1";
  const aggregationTemporality = CUMULATIVE;
  switch (kind) {
    case "counter":
      return { name, description, unit, sum: { dataPoints, aggregationTemporality, isMonotonic: true } };
    case "gauge":
      return { name, description, unit, gauge: { dataPoints } };
    case "histogram":
      return { name, description, unit, histogram: { dataPoints, aggregationTemporality } };
  }
}

function pointOf({ labels }: Series, { startedAtMs, now }: Span): object {
  const attributes = labels.map(([label, value]) => attribute(label, value));
  return { attributes, startTimeUnixNano: nanos(startedAtMs), timeUnixNano: nanos(now) };
}

function attribute(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}

function nanos(ms: number): string {
  return `${ms}000000`;
}
