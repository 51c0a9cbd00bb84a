/** B6: subscribers of a product do not slow down who buys it. */
import { stock } from "../../scripts/answers.ts";
import type { Bundle } from "../build.ts";
import { decimal, ratioClaim, type Measurement } from "../measurement.ts";
import { ratioOf, runRace } from "../rounds.ts";
import { startHoldfast, type Stage } from "../stage.ts";
import { Subscribers } from "../subscribers.ts";
import { HOT_PRODUCT, workloads } from "../workloads.ts";

const SUBSCRIBERS = 2000;
const WATCHED = "reserve, 2,000 subscribers";

/** Two of ours, one of them watched. */
export async function reserveWatched(stage: Stage, bundle: Bundle): Promise<Measurement> {
  await using other = await startHoldfast("watched", bundle);
  await using subscribers = new Subscribers();
  const watched = { ...(await workloads.B1({ ...stage, holdfast: other })), label: WATCHED };
  const unwatched = await workloads.B1(stage);
  await subscribers.open(other.server, `/v1/inventory/${HOT_PRODUCT}/live`, SUBSCRIBERS);
  const raced = await runRace("B6", stage.pace, [watched, unwatched]);
  const ratio = ratioOf(raced, [WATCHED, unwatched.label]);
  const { version } = await other.api.read(stock, `GET /v1/inventory/${HOT_PRODUCT}`);
  const received = await subscribers.until(version);
  return {
    id: "B6",
    what: "reserve while 2,000 subscribers watch that product",
    race: raced,
    claims: [ratioClaim(ratio, { of: "the same without subscribers", least: 0.85, by: "clock" })],
    notes: [
      `${decimal(received.messages)} messages reached ${decimal(received.subscribers)} sockets; versions ` +
        `only rose, and all of them ended at ${version}. Subscribers, hub and product share workerd's one thread here.`,
    ],
  };
}
