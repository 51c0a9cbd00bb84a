/** B8: how many holds live on a product does not matter to who reserves it next. */
import { stock } from "../../scripts/answers.ts";
import { logProgress } from "../../scripts/progress.ts";
import type { Bundle } from "../build.ts";
import { CONNECTIONS } from "../load.ts";
import { decimal, ratioClaim, type Measurement } from "../measurement.ts";
import { ratioOf, runRace } from "../rounds.ts";
import { startHoldfast, type Holdfast, type Stage } from "../stage.ts";
import { HOT_PRODUCT, workloads } from "../workloads.ts";
import { driven } from "./command-lists.ts";

const HOLDS = 100_000;
const FEW_HOLDS = 10_000;
const A_CALL = 50;
const LONGEST_MS = 35_000;
const LEAST = 0.9;
const HELD = "reserve, live holds";

/** Two of ours, the product of one with holds. `bundle`: of workers/command-lists.ts, as `stage` has. */
export async function reserveHeld(stage: Stage, bundle: Bundle): Promise<Measurement> {
  await using other = await startHoldfast("held", bundle);
  const held = { ...(await workloads.B1({ ...stage, holdfast: other })), label: HELD };
  const empty = await workloads.B1(stage);
  const before = await fill(other, stage.pace.quick ? FEW_HOLDS : HOLDS);
  const raced = await runRace("B8", stage.pace, [held, empty]);
  const ratio = ratioOf(raced, [HELD, empty.label]);
  const [most, least] = [await liveHolds(other), await liveHolds(stage.holdfast)];
  return {
    id: "B8",
    what: `reserve with ${decimal(before)} live holds on the product`,
    race: raced,
    claims: [ratioClaim(ratio, { of: "the same with none", least: LEAST, by: "cpu" })],
    notes: [
      `Each reserve of the measure adds a hold: at the end ${decimal(most)} lived on the one product and ` +
        `${decimal(least)} on the other.`,
    ],
  };
}

/** Answers how many there are; every one is in the book. */
async function fill(holdfast: Holdfast, most: number): Promise<number> {
  const { api, book } = holdfast;
  const offset = await book.offset();
  const body = {
    productId: HOT_PRODUCT,
    size: A_CALL,
    run: "before",
    callers: CONNECTIONS,
    milliseconds: LONGEST_MS,
    most,
  };
  const { applied } = await api.read(driven, "POST /bench/command-lists", { body });
  if (applied < most) throw new Error(`${applied} of ${most} holds were made`);
  logProgress(`B8: ${applied} holds are made`);
  await book.waitFor(offset + applied);
  return liveHolds(holdfast);
}

async function liveHolds({ api }: Holdfast): Promise<number> {
  return (await api.read(stock, `GET /v1/inventory/${HOT_PRODUCT}`)).reserved;
}
