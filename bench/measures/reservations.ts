/**
 * B1, B2 and, from the same rounds, B12: durable, keyed, projected reservations on one product and over 200.
 */
import { API_KEY } from "../keys.ts";
import { ceilingClaim, decimal, ratioClaim, type Claim, type Measurement } from "../measurement.ts";
import type { Requests } from "../requests.ts";
import { medianOf, race, ratioOf, type Contestant, type Race } from "../rounds.ts";
import type { Stage } from "../stage.ts";
import { baselineContestant, HOT_PRODUCT, RESERVE, SPREAD_PRODUCTS, workloads } from "../workloads.ts";

const HOT_CPU_MICROS = 140;
/** Half of what the first sketch of this design took. */
const SPREAD_CPU_MICROS = 345;

const CONSTANT = "constant";
const EMPTY_RPC = "RPC to an empty object";
const ONE_TRANSACTION = "one transaction per request";
const ROW_SPREAD = "one inserted row, 200 objects";
const ROW_HOT = "one inserted row, one object";

export async function reserveOnOne(stage: Stage): Promise<Measurement> {
  const raced = await race("B1", stage.pace, [
    await workloads.B1(stage),
    baselineContestant(stage, EMPTY_RPC, [`/empty/${HOT_PRODUCT}`]),
    transactionContestant(stage, [HOT_PRODUCT]),
    baselineContestant(stage, CONSTANT, ["/constant"]),
  ]);
  const claim = (least: number, label: string, of: string) =>
    ratioClaim(ratioOf(raced, [RESERVE, label]), { least, of });
  return {
    id: "B1",
    what: "reserve on one product",
    race: raced,
    claims: [claim(0.9, EMPTY_RPC, "an RPC to an empty object"), claim(3, ONE_TRANSACTION, ONE_TRANSACTION)],
    notes: [bookNote(raced)],
  };
}

export async function reserveOverMany(stage: Stage): Promise<Measurement> {
  const rowPaths = SPREAD_PRODUCTS.map((id) => `/row/${id}`);
  const raced = await race("B2", stage.pace, [
    await workloads.B2(stage),
    baselineContestant(stage, ROW_SPREAD, rowPaths),
    baselineContestant(stage, ROW_HOT, [`/row/${HOT_PRODUCT}`]),
    transactionContestant(stage, SPREAD_PRODUCTS),
  ]);
  const row = ratioOf(raced, [RESERVE, ROW_SPREAD]);
  return {
    id: "B2",
    what: "reserve over 200 products",
    race: raced,
    claims: [ratioClaim(row, { least: 0.7, of: "an object that inserts one row" })],
    notes: [bookNote(raced)],
  };
}

export function cpuPerReserve(hot: Race, spread: Race): Measurement {
  const micros = (raced: Race, label: string) => medianOf(raced, label, "cpuMicros");
  const constant = micros(hot, CONSTANT);
  const claim = (name: string, value: number, most: number): Claim => {
    const ceiling = ceilingClaim(name, value, { most, unit: "µs" });
    return { ...ceiling, says: `${ceiling.says}, ${decimal(value / constant, 1)} constant routes` };
  };
  return {
    id: "B12",
    what: "CPU of workerd per durable, projected reserve",
    claims: [
      claim("one product", micros(hot, RESERVE), HOT_CPU_MICROS),
      claim("200 products", micros(spread, RESERVE), SPREAD_CPU_MICROS),
    ],
    notes: [
      `A constant route took ${decimal(constant)} µs, an RPC to an empty object ` +
        `${decimal(micros(hot, EMPTY_RPC))} µs, one inserted row over 200 objects ` +
        `${decimal(micros(spread, ROW_SPREAD))} µs. The clock is read when the book has every event.`,
    ],
  };
}

function transactionContestant({ baseline, load, run }: Stage, ids: string[]): Contestant {
  const paths = ids.map((id) => `/transaction/${id}`);
  const requests: Requests = { maker: "reserve", paths, apiKey: API_KEY, run, expect: 201 };
  const drive: Contestant["drive"] = (extent) => load.drive(baseline, requests, extent);
  return { label: ONE_TRANSACTION, server: baseline, drive };
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
