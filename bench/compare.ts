/**
 * `npm run bench:compare -- FOLDER`: this Worker beside the one of another checkout, in turn within one run, by the CPU time of
 * workerd for each answer (what follows included: the book, subscribers, webhooks). The other needs its node_modules.
 */
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildHoldfast } from "./build.ts";
import { LoadGenerator } from "./load.ts";
import { decimal } from "./measurement.ts";
import { medianOf, ratioOf, runRace, type Contestant } from "./rounds.ts";
import { startHoldfast, type Holdfast } from "./stage.ts";
import { Subscribers } from "./subscribers.ts";
import { HOT_PRODUCT, workloads } from "./workloads.ts";

const SUBSCRIBERS = 2000;
const WEBHOOKS = 100;

type Workload = keyof typeof workloads;
/** What else there is while the requests come; undone afterwards. */
type Company = (holdfast: Holdfast) => Promise<AsyncDisposable | undefined>;

interface Measure {
  what: string;
  workload: Workload;
  withCompany?: Company;
  /** A sample takes at least so long. */
  leastSampleMs?: number;
}

const MEASURES: Record<string, Measure> = {
  B1: { what: "reserve on one product", workload: "B1" },
  B2: { what: "reserve over 200 products", workload: "B2" },
  B3: { what: "catalog read", workload: "B3" },
  B4: { what: "stock read", workload: "B4" },
  B10: { what: "import of 1,000 new sets", workload: "B10" },
  B6: {
    what: "reserve on one product, 2,000 subscribers",
    workload: "B1",
    withCompany: subscribe,
    // So many are told every 1.2 s: one time more or less must not decide.
    leastSampleMs: 12_000,
  },
  B9: { what: "300 reserves a second over 200 products, into the book", workload: "B9", leastSampleMs: 4000 },
  B15: {
    what: "reserve on one product, 100 webhooks that want nothing",
    workload: "B1",
    withCompany: addWebhooks,
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "B1,B2,B6,B9,B15" },
    rounds: { type: "string", default: "9" },
    "sample-ms": { type: "string", default: "1500" },
  },
});
const [folder] = positionals;
if (folder === undefined)
  throw new Error("npm run bench:compare -- FOLDER [--only B1,B2] [--rounds 9] [--sample-ms 1500]");
const pace = { rounds: Number(values.rounds), sampleMs: Number(values["sample-ms"]), warmUpMs: 2000 };

using scratch = mkdtempDisposableSync(join(tmpdir(), "holdfast-compare-"));
const bundles = {
  this: await buildHoldfast(join(scratch.path, "this")),
  other: await buildHoldfast(join(scratch.path, "other"), resolve(folder)),
};
await using load = new LoadGenerator();
for (const name of values.only.split(",")) {
  const measure = MEASURES[name];
  if (!measure) throw new Error(`no measure ${name}`);
  await compare(name, measure);
}

async function compare(
  name: string,
  { what, workload, withCompany, leastSampleMs = 0 }: Measure,
): Promise<void> {
  const paceOfIt = { ...pace, sampleMs: Math.max(pace.sampleMs, leastSampleMs) };
  await using ours = await startHoldfast("this", bundles.this);
  await using theirs = await startHoldfast("other", bundles.other);
  const contestant = async (label: string, holdfast: Holdfast): Promise<Contestant> => {
    const run = Math.random().toString(36).slice(2, 8);
    return { ...(await workloads[workload]({ holdfast, load, run })), label };
  };
  const contestants = [await contestant("this", ours), await contestant("other", theirs)];
  await using company = new AsyncDisposableStack();
  for (const holdfast of [ours, theirs]) company.use(await withCompany?.(holdfast));
  const raced = await runRace(name, paceOfIt, contestants);
  const { cpu } = ratioOf(raced, ["this", "other"]);
  const micros = (label: string) => decimal(medianOf(raced, label, "cpuMicros"));
  process.stdout.write(
    `${name} ${what}: this ${micros("this")} us, other ${micros("other")} us of CPU; ` +
      `other / this ${decimal(cpu.median, 3)} (median of ${pace.rounds} rounds; below 1: this costs more)\n`,
  );
}

async function subscribe({ server }: Holdfast): Promise<Subscribers> {
  const subscribers = new Subscribers();
  await subscribers.open(server, `/v1/inventory/${HOT_PRODUCT}/live`, SUBSCRIBERS);
  return subscribers;
}

async function addWebhooks({ api }: Holdfast): Promise<undefined> {
  for (let n = 0; n < WEBHOOKS; n += 1) {
    const filter = n % 2 === 0 ? { productIds: ["another"] } : { types: ["product.deleted"] };
    await api.call("POST /v1/webhooks", { body: { url: `https://hooks.example.com/${n}`, ...filter } });
  }
}
