/** B5: a sold-out product answers fast, and no refusal writes a row. */
import { ratioClaim, type Measurement } from "../measurement.ts";
import { refusalsClaim } from "../report-rows.ts";
import { ratioOf, runRace } from "../rounds.ts";
import type { Refusals } from "../rows.ts";
import type { Stage } from "../stage.ts";
import { baselineContestant, EMPTY_RPC, HOT_PRODUCT, postingContestant, workloads } from "../workloads.ts";

const LEAST = 0.75;
const UNWRITTEN = "the least honest reserve, unwritten";

/** `counted`: by the platform, in a run of its own. */
export async function refusedReserve(stage: Stage, counted: Refusals | undefined): Promise<Measurement> {
  const refused = await workloads.B5(stage);
  const raced = await runRace("B5", stage.pace, [
    refused,
    postingContestant(stage, UNWRITTEN, { paths: [`/refused/${HOT_PRODUCT}`], expect: 409 }),
    baselineContestant(stage, EMPTY_RPC, [`/empty/${HOT_PRODUCT}`]),
  ]);
  const to = (label: string) => ratioOf(raced, [refused.label, label]);
  return {
    id: "B5",
    what: "refused reserve (sold out)",
    race: raced,
    claims: [
      ratioClaim(to(UNWRITTEN), { of: "B1's floor without its write", least: LEAST, by: "cpu" }),
      ratioClaim(to(EMPTY_RPC), { of: "a bare RPC", by: "cpu" }),
      ...(counted ? [refusalsClaim(counted)] : []),
    ],
  };
}
