/** Whether those who were fast have also done it: the last units are sold once each, a repeated key is one hold, all counts agree. */
import pLimit from "p-limit";
import { z } from "zod";
import { ApiClient } from "../../scripts/api-client.ts";
import { API_KEY } from "../keys.ts";
import { CONNECTIONS } from "../load.ts";
import { SCARCE_PRODUCT, SCARCE_UNITS, type Peer } from "./contestants.ts";

/** Twice as many want one as there are. */
const BUYERS = 2 * SCARCE_UNITS;

const held = z.object({ reservationId: z.string() });

export type Checked = z.infer<typeof checked>;
export const checked = z.object({
  label: z.string(),
  /** Answered with a hold. */
  sold: z.number(),
  /** What is gone by each count is as many. */
  agrees: z.boolean(),
  oversold: z.number(),
  counts: z.string(),
});

/** Throws when the last units are not sold exactly once. */
export async function check({ label, url, sold, totals }: Peer): Promise<Checked> {
  const api = new ApiClient({ url, apiKey: API_KEY });
  const buy = (key: string) =>
    api.ask(`POST /v1/inventory/${SCARCE_PRODUCT}/reserve`, { body: { quantity: 1, orderId: key }, key });
  const keys = Array.from({ length: BUYERS }, (_, index) => `last-${index}`);
  const answers = await pLimit(CONNECTIONS).map(keys, buy);
  const [holds, refusals] = [201, 409].map((status) => answers.filter((one) => one.status === status));
  if (holds?.length !== SCARCE_UNITS || refusals?.length !== BUYERS - SCARCE_UNITS)
    throw new Error(`${label}: ${BUYERS} asked for ${SCARCE_UNITS} units, ${holds?.length} were held`);
  const first = answers.findIndex(({ status }) => status === 201);
  const again = await buy(`last-${first}`);
  if (held.parse(again.body).reservationId !== held.parse(answers[first]?.body).reservationId)
    throw new Error(`${label}: a repeated key is another hold`);
  const { oversold, ...counts } = await totals();
  const expected = sold() + SCARCE_UNITS;
  return {
    label,
    sold: expected,
    agrees: Object.values(counts).every((count) => count === expected),
    oversold,
    counts: JSON.stringify(counts),
  };
}
