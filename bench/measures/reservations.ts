/**
 * B1, B2 and, from the same rounds, B12: durable, keyed, projected reservations on one product and over 200.
 */
import { decimal, rangeOf, ratioClaim, type Claim, type Measurement } from "../measurement.ts";
import { medianOf, ratioOf, runRace, type Contestant, type Race } from "../rounds.ts";
import type { Stage } from "../stage.ts";
import {
  baselineContestant,
  EMPTY_RPC,
  GATHERED,
  HOT_PRODUCT,
  postingContestant,
  RESERVE,
  SPREAD_PRODUCTS,
  workloads,
} from "../workloads.ts";

/** Of the floor. */
const LEAST_HOT = 0.65;
const LEAST_SPREAD = 0.55;
const LEAST_OF_ONE_TRANSACTION = 2;
/** Of the unit. */
const MOST_CPU = 1.6;

const ONE_TRANSACTION = "one transaction per request";
const ROW_SPREAD = "one inserted row, 200 objects";

export async function reserveOnOne(stage: Stage): Promise<Measurement> {
  const raced = await runRace("B1", stage.pace, [
    await workloads.B1(stage),
    postingContestant(stage, GATHERED, { paths: [`/gathered/${HOT_PRODUCT}`], expect: 201 }),
    baselineContestant(stage, EMPTY_RPC, [`/empty/${HOT_PRODUCT}`]),
    transactionContestant(stage, [HOT_PRODUCT]),
  ]);
  const to = (label: string) => ratioOf(raced, [RESERVE, label]);
  return {
    id: "B1",
    what: "reserve on one product",
    race: raced,
    claims: [
      ratioClaim(to(GATHERED), { of: GATHERED, least: LEAST_HOT, by: "cpu" }),
      ratioClaim(to(EMPTY_RPC), { of: "a bare RPC", by: "cpu" }),
      ratioClaim(to(ONE_TRANSACTION), { of: ONE_TRANSACTION, least: LEAST_OF_ONE_TRANSACTION, by: "clock" }),
    ],
    notes: [
      bookNote(raced),
      "The least honest reserve reads a JSON body, sends one string to an object that writes a row for all that arrived " +
        `together, and answers JSON: ${decimal(ratioOf(raced, [GATHERED, EMPTY_RPC]).cpu.median, 2)} of a bare RPC by CPU time.`,
    ],
  };
}

export async function reserveOverMany(stage: Stage): Promise<Measurement> {
  const raced = await runRace("B2", stage.pace, [
    await workloads.B2(stage),
    baselineContestant(
      stage,
      ROW_SPREAD,
      SPREAD_PRODUCTS.map((id) => `/row/${id}`),
    ),
    transactionContestant(stage, SPREAD_PRODUCTS),
  ]);
  const to = (label: string) => ratioOf(raced, [RESERVE, label]);
  return {
    id: "B2",
    what: "reserve over 200 products",
    race: raced,
    claims: [
      ratioClaim(to(ROW_SPREAD), { of: "an object that inserts one row", least: LEAST_SPREAD, by: "cpu" }),
      ratioClaim(to(ONE_TRANSACTION), { of: ONE_TRANSACTION, by: "cpu" }),
    ],
    notes: [bookNote(raced)],
  };
}

export function cpuPerReserve(hot: Race, spread: Race): Measurement {
  const micros = (raced: Race, label: string) => `${decimal(medianOf(raced, label, "cpuMicros"))} µs`;
  return {
    id: "B12",
    what: "CPU of workerd per durable, projected reserve",
    claims: [
      unitsClaim(hot, EMPTY_RPC, "one product: bare RPCs"),
      unitsClaim(spread, ROW_SPREAD, "200 products: one-row inserts over 200 objects"),
    ],
    notes: [
      `A reserve took ${micros(hot, RESERVE)} on one product and ${micros(spread, RESERVE)} over 200, a bare RPC ` +
        `${micros(hot, EMPTY_RPC)}, one inserted row over 200 objects ${micros(spread, ROW_SPREAD)}. The clock is ` +
        "read when the book has every event.",
    ],
  };
}

/** `unit`: a contestant of the same rounds. */
function unitsClaim(raced: Race, unit: string, name: string): Claim {
  const { median, low, high } = ratioOf(raced, [RESERVE, unit]).cpu;
  const figure = { median: 1 / median, low: 1 / high, high: 1 / low };
  return {
    name,
    says: `${name} ${decimal(figure.median, 2)} (${rangeOf(figure, 2)})`,
    reach: `<= ${decimal(MOST_CPU, 1)}`,
    reached: figure.median <= MOST_CPU,
    figure,
  };
}

function transactionContestant(stage: Stage, ids: string[]): Contestant {
  const paths = ids.map((id) => `/transaction/${id}`);
  return postingContestant(stage, ONE_TRANSACTION, { paths, expect: 201 });
}

function bookNote(raced: Race): string {
  const [events, behind, catchUpMs] = (["bookPerSecond", "behind", "catchUpMs"] as const).map((figure) =>
    decimal(medianOf(raced, RESERVE, figure)),
  );
  return (
    `Into the book: ${events} events/s from first request to last event; ${behind} events behind when the ` +
    `load ended, all there ${catchUpMs} ms later.`
  );
}
