/** B15: webhooks whose filters want nothing of what happens do not slow it down. */
import { z } from "zod";
import type { Bundle } from "../build.ts";
import { decimal, ratioClaim, type Measurement } from "../measurement.ts";
import { ratioOf, runRace } from "../rounds.ts";
import { startHoldfast, type Stage } from "../stage.ts";
import { workloads } from "../workloads.ts";

const WEBHOOKS = 100;
const LEAST = 0.9;
const FOLLOWED = "reserve, 100 webhooks";

const webhook = z.object({ behind: z.number() });

/** Two of ours, one of them followed. */
export async function reserveFollowed(stage: Stage, bundle: Bundle): Promise<Measurement> {
  await using other = await startHoldfast("followed", bundle);
  const followed = { ...(await workloads.B1({ ...stage, holdfast: other })), label: FOLLOWED };
  const alone = await workloads.B1(stage);
  for (let n = 0; n < WEBHOOKS; n += 1) {
    const filter = n % 2 === 0 ? { productIds: ["another"] } : { types: ["product.deleted"] };
    const body = { url: `https://hooks.example.com/${n}`, ...filter };
    await other.api.call("POST /v1/webhooks", { body });
  }
  const raced = await runRace("B15", stage.pace, [followed, alone]);
  const ratio = ratioOf(raced, [FOLLOWED, alone.label]);
  const webhooks = await Array.fromAsync(other.api.pages(webhook, "/v1/webhooks"));
  const behind = Math.max(...webhooks.map((one) => one.behind));
  return {
    id: "B15",
    what: `reserve while ${WEBHOOKS} webhooks whose filters want none of it follow the book`,
    race: raced,
    claims: [ratioClaim(ratio, { of: "the same without webhooks", least: LEAST, by: "cpu" })],
    notes: [
      `Half of them want another product, half another type; afterwards the last was ${decimal(behind)} behind.`,
    ],
  };
}
