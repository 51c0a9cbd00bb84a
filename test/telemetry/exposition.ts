/**
 * A strict reader of Prometheus' text format 0.0.4 and of OpenMetrics 1.0, written from their specifications and not from what
 * writes them here. Throws at the first thing that is not as it should be. Also for end-to-end tests, which Node runs.
 */

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  name: string;
  type: string;
  samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/;
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/;

export function parseExposition(text: string, format: "prometheus" | "openmetrics"): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const lines = text.slice(0, -1).split("\n");
  if (format === "openmetrics" && lines.pop() !== "# EOF") throw new Error("no # EOF at the end");
  const families = new Map<string, Family>();
  let current: (Family & { help: boolean }) | undefined;
  const seen = new Set<string>();
  for (const line of lines) {
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === "HELP") {
      if (!NAME.test(name) || families.has(name)) throw new Error(`a family begins twice, or badly: ${line}`);
      current = { name, type: "", samples: [], help: true };
      families.set(name, current);
    } else if (keyword === "TYPE") {
      if (current?.name !== name || current.type !== "" || current.samples.length > 0)
        throw new Error(`a type out of its place: ${line}`);
      if (!["counter", "gauge", "histogram"].includes(rest)) throw new Error(`no type: ${line}`);
      current.type = rest;
    } else {
      if (!current || current.type === "") throw new Error(`a sample of no family: ${line}`);
      const sample = parseSample(line);
      const id = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
      if (seen.has(id)) throw new Error(`twice: ${line}`);
      seen.add(id);
      if (!suffixesOf(current.type, format).some((suffix) => sample.name === current?.name + suffix))
        throw new Error(`not of the family ${current.name}: ${line}`);
      current.samples.push(sample);
    }
  }
  for (const family of families.values()) checkFamily(family);
  return families;
}

function suffixesOf(type: string, format: "prometheus" | "openmetrics"): string[] {
  if (type === "histogram") return ["_bucket", "_sum", "_count"];
  return [type === "counter" && format === "openmetrics" ? "_total" : ""];
}

function parseSample(line: string): Sample {
  const [, name = "", labelText, number = ""] = SAMPLE.exec(line) ?? [];
  if (!NAME.test(name) || !NUMBER.test(number)) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  for (let rest = labelText ?? ""; rest !== "";) {
    const [whole = "", label = "", value = ""] = LABEL.exec(rest) ?? [];
    if (whole === "" || label in labels) throw new Error(`bad labels: ${line}`);
    labels[label] = value.replaceAll(/\\(.)/g, (_, one: string) => (one === "n" ? "\n" : one));
    rest = rest.slice(whole.length);
  }
  return { name, labels, value: number.endsWith("Inf") ? Number(`${number}inity`) : Number(number) };
}

function checkFamily({ name, type, samples }: Family): void {
  if (samples.length === 0) throw new Error(`${name} has no samples`);
  if (type !== "gauge" && samples.some(({ value }) => !(value >= 0))) throw new Error(`${name} is below 0`);
  if (type !== "histogram") return;
  const groups = Map.groupBy(samples, ({ labels }) =>
    JSON.stringify(Object.entries(labels).filter(([label]) => label !== "le")),
  );
  for (const [labels, group] of groups) {
    const of = (suffix: string) => group.filter((sample) => sample.name === name + suffix);
    const buckets = of("_bucket").map((sample) => [
      Number(sample.labels["le"]?.replace("Inf", "Infinity")),
      sample.value,
    ]);
    const rising = buckets.every(([bound = 0, value = 0], index) => {
      const [lower = -Infinity, less = 0] = buckets[index - 1] ?? [];
      return bound > lower && value >= less;
    });
    const [sum, count] = [of("_sum"), of("_count")];
    const last = buckets.at(-1);
    if (
      !rising ||
      last?.[0] !== Infinity ||
      sum.length !== 1 ||
      count.length !== 1 ||
      count[0]?.value !== last[1]
    )
      throw new Error(`${name}${labels} is no histogram`);
  }
}

/** The sum of all samples of that name whose labels have these values. */
export function sumOf(
  families: Map<string, Family>,
  name: string,
  labels: Record<string, string> = {},
): number {
  const samples = [...families.values()].flatMap((family) => family.samples);
  return samples
    .filter(
      (sample) => sample.name === name && Object.entries(labels).every(([k, v]) => sample.labels[k] === v),
    )
    .reduce((sum, { value }) => sum + value, 0);
}
