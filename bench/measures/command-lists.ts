/**
 * B13: fifty commands in one call of a product's object against one a call, asked from inside workerd by
 * fifty callers.
 */
import { z } from "zod";
import { CONNECTIONS } from "../load.ts";
import { decimal, ratioClaim, type Measurement } from "../measurement.ts";
import { ratioOf, runRace, type Contestant } from "../rounds.ts";
import { stockProducts, type Stage } from "../stage.ts";
import { HOT_PRODUCT } from "../workloads.ts";

const LIST = 50;
const LEAST_RATIO = 8;
const NO_LATENCIES = { p50Ms: Number.NaN, p95Ms: Number.NaN, p99Ms: Number.NaN };

/** What workers/command-lists.ts answers. */
export const driven = z.object({ applied: z.number().positive(), refused: z.literal(0) });

/** `stage`: one whose Worker is workers/command-lists.ts. */
export async function commandLists(stage: Stage): Promise<Measurement> {
  await stockProducts(stage.holdfast, [HOT_PRODUCT]);
  const lists = contestant(stage, `${LIST} commands a call`, LIST);
  const singles = contestant(stage, "one command a call", 1);
  const raced = await runRace("B13", stage.pace, [lists, singles]);
  const answered = ratioOf(raced, [lists.label, singles.label], "answeredPerSecond");
  const charged = ratioOf(raced, [lists.label, singles.label]);
  return {
    id: "B13",
    what: "many commands in one call of an object",
    race: raced,
    claims: [ratioClaim(answered, { of: "one a call", least: LEAST_RATIO, by: "clock", digits: 1 })],
    notes: [
      `Asked inside workerd, ${CONNECTIONS} callers. The ratio is of commands answered; with the events' ` +
        `way into the book charged to both it is ${decimal(charged.clock.median, 1)}.`,
    ],
  };
}

/** Drives through the Worker's own route. */
function contestant({ holdfast, run }: Stage, label: string, size: number): Contestant {
  const { server, book, api } = holdfast;
  const drive: Contestant["drive"] = async ({ milliseconds, firstIndex }) => {
    const word = `${run}-${size}-${firstIndex}`;
    const body = { productId: HOT_PRODUCT, size, run: word, callers: CONNECTIONS, milliseconds };
    const startedAt = performance.now();
    const { applied } = await api.read(driven, "POST /bench/command-lists", { body });
    const seconds = (performance.now() - startedAt) / 1000;
    return { answered: applied, seconds, nextIndex: firstIndex + 1, ...NO_LATENCIES };
  };
  return { label, server, book, drive };
}
