/** What the service measures of itself, read from Prometheus' text; as much of that format as it writes. */

interface Sample {
  labels: Record<string, string>;
  value: number;
}

export type Metrics = ReadonlyMap<string, readonly Sample[]>;

export function readMetrics(text: string): Metrics {
  const byName = new Map<string, Sample[]>();
  for (const line of text.split("\n")) {
    const [, name, labels = "", value] = /^([a-z_:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const sample = { labels: labelsIn(labels), value: Number(value) };
    const known = byName.get(name);
    if (known) known.push(sample);
    else byName.set(name, [sample]);
  }
  return byName;
}

function labelsIn(text: string): Record<string, string> {
  const labels = text.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g);
  return Object.fromEntries([...labels].map(([, label = "", value = ""]) => [label, value]));
}

/** Of all samples that have these labels; undefined: nothing of this name was measured. */
export function sumOf(
  metrics: Metrics,
  name: string,
  wanted: Record<string, string> = {},
): number | undefined {
  const samples = metrics.get(name);
  const fitting = samples?.filter(({ labels }) =>
    Object.entries(wanted).every(([label, value]) => labels[label] === value),
  );
  return fitting?.reduce((sum, { value }) => sum + value, 0);
}

/** The bound that a share of all that was measured stays within; undefined: nothing was measured, or it is past the last bound. */
export function withinOf(metrics: Metrics, histogram: string, share: number): number | undefined {
  const buckets = metrics.get(`${histogram}_bucket`) ?? [];
  const bounds = buckets
    .map(({ labels, value }) => ({ bound: Number(labels["le"]?.replace("+Inf", "Infinity")), value }))
    .toSorted((a, b) => a.bound - b.bound);
  const all = bounds.at(-1)?.value ?? 0;
  const found = all === 0 ? undefined : bounds.find(({ value }) => value >= all * share)?.bound;
  return found === Infinity ? undefined : found;
}
