/** B5: a sold-out product answers fast, and no refusal writes a row. */
import { ratioClaim } from "../finding.mjs";
import { API_KEY } from "../site.mjs";
import { SOLD_OUT_PRODUCT, floorContestant, stockProducts } from "../stage.mjs";
import { race, ratioOf } from "../turns.mjs";

/** @param {import("../stage.mjs").Stage} stage @returns {import("../turns.mjs").Contestant} */
export function refusedContestant({ holdfast, run }) {
  const paths = [`/v1/inventory/${SOLD_OUT_PRODUCT}/reserve`];
  return {
    label: "refused reserve",
    site: holdfast,
    requests: { maker: "reserve", options: { paths, apiKey: API_KEY, run }, expect: 409 },
  };
}

/**
 * @param {import("../stage.mjs").Stage} stage
 * @param {{ refused: number, rowsWritten: number, alarmsSet: number }} counted by the platform, from a run of its own
 * @returns {Promise<import("../finding.mjs").Finding>}
 */
export async function refusedReserve(stage, counted) {
  await stockProducts(stage.holdfast, stage.book, { ids: [SOLD_OUT_PRODUCT], initialQuantity: 0 });
  const contestants = [
    refusedContestant(stage),
    floorContestant(stage, "RPC to an empty object", [`/empty/${SOLD_OUT_PRODUCT}`]),
  ];
  const turnsByLabel = Object.fromEntries(await race(stage.load, "B5", { contestants, pace: stage.pace }));
  const ratio = ratioOf(turnsByLabel["refused reserve"] ?? [], turnsByLabel["RPC to an empty object"] ?? []);
  const rows = counted.rowsWritten + counted.alarmsSet;
  return {
    id: "B5",
    what: "refused reserve (sold out)",
    labels: contestants.map(({ label }) => label),
    turnsByLabel,
    claims: [
      ratioClaim(ratio, { least: 0.9, of: "an RPC to an empty object" }),
      { says: `${rows} rows written by ${counted.refused} refusals`, reach: "0", reached: rows === 0 },
    ],
    notes: [],
  };
}
