/**
 * B10: a catalog imported, with what each row costs when its object need not be made, when nothing changes, and when an
 * object does nothing or writes one row. Each is done once: it is long enough.
 */
import { uploadOf, type Catalog } from "../catalog.ts";
import { decimal, type Measurement } from "../measurement.ts";
import { medianOf, takeSample, type Contestant, type Race } from "../rounds.ts";
import type { Stage } from "../stage.ts";
import { importing } from "../workloads.ts";
import { logProgress } from "../../scripts/progress.ts";

/** Besides the import itself: workerd keeps the files of all objects open that were asked within ten seconds. */
const FEW = 3000;

const NEW = "import, all new";
const BATCH = "one JSON batch into D1";
const EMPTY_OBJECTS = "a call of an empty object a row";
const ROW_OBJECTS = "a row in a new object a row";

export async function importCatalog(stage: Stage, { origin, products: all }: Catalog): Promise<Measurement> {
  const products = stage.pace.quick ? all.slice(0, FEW) : all;
  const few = products.slice(0, FEW);
  const renamed = few.map((product) => ({ ...product, name: `${product.name} again` }));
  const ids = few.map(({ productId }) => productId).join("\n");
  const objects = (label: string, path: string) =>
    posting(stage, label, { path, body: ids, rows: few.length });
  const raced = await once([
    posting(stage, BATCH, { path: "/import", ...uploadOf(products) }),
    objects(EMPTY_OBJECTS, "/each/empty"),
    objects(ROW_OBJECTS, "/each/row"),
    objects("a row in the same objects", "/each/row"),
    importing(stage, NEW, () => products),
    { ...importing(stage, "the same again, nothing changes", () => few), book: undefined },
    importing(stage, "the same again, every name changes", () => renamed),
  ]);
  const rate = (label: string) => medianOf(raced, label, "answeredPerSecond");
  const cpu = (label: string) => medianOf(raced, label, "cpuMicros");
  return {
    id: "B10",
    what: `import of ${decimal(products.length)} products of ${origin}`,
    race: raced,
    claims: [
      {
        name: "rows a second",
        says: `${decimal(rate(NEW))} rows a second, ${decimal(rate(NEW) / rate(BATCH), 3)} of ${BATCH}`,
        reach: "reported",
      },
    ],
    notes: [
      `Of ${decimal(cpu(NEW))} µs of CPU a row, one row in a new object is ${decimal(cpu(ROW_OBJECTS))} µs ` +
        `(calling it: ${decimal(cpu(EMPTY_OBJECTS))} µs). The search index is part of it, and had all ` +
        `when the row's CPU time was read.`,
    ],
  };
}

async function once(contestants: Contestant[]): Promise<Race> {
  const samplesByLabel: Race["samplesByLabel"] = {};
  for (const contestant of contestants) {
    const sample = await takeSample(contestant, 0);
    logProgress(`B10: ${contestant.label} ${decimal(sample.answeredPerSecond)}/s`);
    samplesByLabel[contestant.label] = [sample];
  }
  return { labels: contestants.map(({ label }) => label), samplesByLabel };
}

/** A route of the baseline that does all rows in one request. */
function posting(
  { baseline }: Stage,
  label: string,
  { path, body, rows }: { path: string; body: string; rows: number },
): Contestant {
  const drive: Contestant["drive"] = async ({ firstIndex }) => {
    const startedAt = performance.now();
    const answer = await fetch(new URL(path, baseline.url), { method: "POST", body });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    const seconds = (performance.now() - startedAt) / 1000;
    const latencies = { p50Ms: Number.NaN, p95Ms: Number.NaN, p99Ms: Number.NaN };
    return { answered: rows, seconds, nextIndex: firstIndex + 1, ...latencies };
  };
  return { label, server: baseline, drive };
}
