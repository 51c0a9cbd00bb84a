/** B5: a sold-out product answers fast, and no refusal writes a row. */
import { decimal, ratioClaim, type Claim, type Measurement } from "../measurement.ts";
import { race, ratioOf } from "../rounds.ts";
import type { Refusals } from "../rows.ts";
import type { Stage } from "../stage.ts";
import { baselineContestant, workloads } from "../workloads.ts";

const EMPTY_RPC = "RPC to an empty object";

/** `counted`: by the platform, in a run of its own. */
export async function refusedReserve(stage: Stage, counted: Refusals | undefined): Promise<Measurement> {
  const refused = await workloads.B5(stage);
  const empty = baselineContestant(stage, EMPTY_RPC, ["/empty/one"]);
  const raced = await race("B5", stage.pace, [refused, empty]);
  const ratio = ratioOf(raced, [refused.label, EMPTY_RPC]);
  return {
    id: "B5",
    what: "refused reserve (sold out)",
    race: raced,
    claims: [
      ratioClaim(ratio, { least: 0.9, of: "an RPC to an empty object" }),
      ...(counted ? [rowsClaim(counted)] : []),
    ],
  };
}

function rowsClaim({ refused, rowsWritten, alarmsSet }: Refusals): Claim {
  const rows = rowsWritten + alarmsSet;
  return { says: `${rows} rows written by ${decimal(refused)} refusals`, reach: "0", reached: rows === 0 };
}
