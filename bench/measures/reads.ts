/** B3 and B4: the catalog from KV, and the stock from its object. */
import { decimal, ratioClaim } from "../finding.mjs";
import { API_KEY } from "../site.mjs";
import { floorContestant } from "../stage.mjs";
import { HOT_PRODUCT, subjects } from "../subjects.mjs";
import { medianTurn, race, ratioOf } from "../turns.mjs";

const CONSTANT = "constant";
const EMPTY_RPC = "RPC to an empty object";
const KV_READ = "KV read of the same entry";

/** @param {import("../stage.mjs").Stage} stage @returns {Promise<import("../finding.mjs").Finding>} */
export async function catalogRead(stage) {
  const reading = await subjects.B3(stage);
  await copyEntry(stage);
  const contestants = [
    reading,
    floorContestant(stage, CONSTANT, ["/constant"]),
    floorContestant(stage, KV_READ, [`/kv/${HOT_PRODUCT}`]),
  ];
  const turnsByLabel = Object.fromEntries(await race(stage.load, "B3", { contestants, pace: stage.pace }));
  const ours = turnsByLabel[reading.label] ?? [];
  const kv = turnsByLabel[KV_READ] ?? [];
  return {
    id: "B3",
    what: "catalog read, KV hit",
    labels: contestants.map(({ label }) => label),
    turnsByLabel,
    claims: [ratioClaim(ratioOf(ours, turnsByLabel[CONSTANT] ?? []), { least: 0.5, of: "a constant route" })],
    notes: [
      `The KV read alone: ${decimal(medianTurn(kv).perSecond)}/s, and the catalog read does ` +
        `${decimal(ratioOf(ours, kv).ratio, 2)} of that. ` +
        "KV here is Miniflare's: SQLite and a file per entry.",
    ],
  };
}

/** @param {import("../stage.mjs").Stage} stage @returns {Promise<import("../finding.mjs").Finding>} */
export async function stockRead(stage) {
  const reading = await subjects.B4(stage);
  const contestants = [reading, floorContestant(stage, EMPTY_RPC, [`/empty/${HOT_PRODUCT}`])];
  const turnsByLabel = Object.fromEntries(await race(stage.load, "B4", { contestants, pace: stage.pace }));
  const ratio = ratioOf(turnsByLabel[reading.label] ?? [], turnsByLabel[EMPTY_RPC] ?? []);
  return {
    id: "B4",
    what: "stock read of one product, from the object",
    labels: contestants.map(({ label }) => label),
    turnsByLabel,
    claims: [ratioClaim(ratio, { least: 0.85, of: "an RPC to an empty object" })],
    notes: [],
  };
}

/** The floor reads as many bytes. @param {import("../stage.mjs").Stage} stage */
async function copyEntry({ holdfast, floor }) {
  const answer = await fetch(new URL(`/v1/products/${HOT_PRODUCT}`, holdfast.url), {
    headers: { "X-API-Key": API_KEY },
  });
  await fetch(new URL(`/kv/${HOT_PRODUCT}`, floor.url), { method: "PUT", body: await answer.text() });
}
