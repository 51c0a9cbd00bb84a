/** B5: a sold-out product answers fast, and no refusal writes a row. */
import { decimal, ratioClaim } from "../finding.mjs";
import { floorContestant } from "../stage.mjs";
import { subjects } from "../subjects.mjs";
import { race, ratioOf } from "../turns.mjs";

const EMPTY_RPC = "RPC to an empty object";

/**
 * @param {import("../stage.mjs").Stage} stage
 * @param {import("../rows.mjs").RowCounts["refusals"]} [counted] by the platform, in a run of its own
 * @returns {Promise<import("../finding.mjs").Finding>}
 */
export async function refusedReserve(stage, counted) {
  const refused = await subjects.B5(stage);
  const contestants = [refused, floorContestant(stage, EMPTY_RPC, ["/empty/one"])];
  const turnsByLabel = Object.fromEntries(await race(stage.load, "B5", { contestants, pace: stage.pace }));
  const ratio = ratioOf(turnsByLabel[refused.label] ?? [], turnsByLabel[EMPTY_RPC] ?? []);
  return {
    id: "B5",
    what: "refused reserve (sold out)",
    labels: contestants.map(({ label }) => label),
    turnsByLabel,
    claims: [
      ratioClaim(ratio, { least: 0.9, of: "an RPC to an empty object" }),
      ...(counted ? [rowsClaim(counted)] : []),
    ],
    notes: [],
  };
}

/** @param {import("../rows.mjs").RowCounts["refusals"]} counted @returns {import("../finding.mjs").Claim} */
function rowsClaim({ refused, rowsWritten, alarmsSet }) {
  const rows = rowsWritten + alarmsSet;
  return { says: `${rows} rows written by ${decimal(refused)} refusals`, reach: "0", reached: rows === 0 };
}
