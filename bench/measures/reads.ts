/** B3 and B4: the catalog from this isolate's memory, which reads KV once a second, and the stock from its object. */
import { decimal, ratioClaim, type Measurement } from "../measurement.ts";
import { medianOf, ratioOf, runRace } from "../rounds.ts";
import type { Stage } from "../stage.ts";
import { baselineContestant, EMPTY_RPC, HOT_PRODUCT, workloads } from "../workloads.ts";

const CONSTANT = "constant";
const KV_READ = "KV read of the same entry";

export async function catalogRead(stage: Stage): Promise<Measurement> {
  const reading = await workloads.B3(stage);
  await copyEntry(stage);
  const raced = await runRace("B3", stage.pace, [
    reading,
    baselineContestant(stage, CONSTANT, ["/constant"]),
    baselineContestant(stage, KV_READ, [`/kv/${HOT_PRODUCT}`]),
  ]);
  const { label } = reading;
  return {
    id: "B3",
    what: "catalog read, read before within a second",
    race: raced,
    claims: [
      ratioClaim(ratioOf(raced, [label, CONSTANT]), { of: "a constant route", least: 0.6, by: "cpu" }),
      ratioClaim(ratioOf(raced, [label, KV_READ]), { of: "a KV read", by: "cpu" }),
    ],
    notes: [
      `The KV read alone: ${decimal(medianOf(raced, KV_READ, "perSecond"))}/s. ` +
        "KV here is Miniflare's: SQLite and a file per entry.",
    ],
  };
}

export async function stockRead(stage: Stage): Promise<Measurement> {
  const reading = await workloads.B4(stage);
  const empty = baselineContestant(stage, EMPTY_RPC, [`/empty/${HOT_PRODUCT}`]);
  const raced = await runRace("B4", stage.pace, [reading, empty]);
  const ratio = ratioOf(raced, [reading.label, EMPTY_RPC]);
  return {
    id: "B4",
    what: "stock read of one product, from the object",
    race: raced,
    claims: [ratioClaim(ratio, { of: "an RPC to an empty object", least: 0.85, by: "cpu" })],
  };
}

/** The baseline reads as many bytes. */
async function copyEntry({ holdfast, baseline }: Stage): Promise<void> {
  const entry = await holdfast.api.call(`GET /v1/products/${HOT_PRODUCT}`);
  await fetch(new URL(`/kv/${HOT_PRODUCT}`, baseline.url), { method: "PUT", body: JSON.stringify(entry) });
}
