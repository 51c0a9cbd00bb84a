/**
 * B1, B2 and, from the same turns, B12: durable, keyed, projected reservations on one product and over 200.
 */
import { ceilingClaim, decimal, ratioClaim } from "../finding.mjs";
import { API_KEY } from "../site.mjs";
import { floorContestant } from "../stage.mjs";
import { HOT_PRODUCT, SPREAD_PRODUCTS, subjects } from "../subjects.mjs";
import { medianTurn, race, ratioOf } from "../turns.mjs";

const HOT_CPU_MICROS = 140;
/** Half of what the first sketch of this design took. */
const SPREAD_CPU_MICROS = 345;

const CONSTANT = "constant";
const EMPTY_RPC = "RPC to an empty object";
const ONE_TRANSACTION = "one transaction per request";
const ROW_SPREAD = "one inserted row, 200 objects";
const ROW_HOT = "one inserted row, one object";

/** @typedef {import("../finding.mjs").Finding} Finding */
/** @typedef {import("../stage.mjs").Stage} Stage */

/** @param {Stage} stage @returns {Promise<Finding>} */
export async function reserveOnOne(stage) {
  const finding = await raceAll(stage, { id: "B1", what: "reserve on one product" }, [
    await subjects.B1(stage),
    floorContestant(stage, EMPTY_RPC, [`/empty/${HOT_PRODUCT}`]),
    transactionContestant(stage, [HOT_PRODUCT]),
    floorContestant(stage, CONSTANT, ["/constant"]),
  ]);
  const [ours = []] = finding.labels.map((label) => finding.turnsByLabel[label]);
  finding.claims = [
    ratioClaim(ratioOf(ours, finding.turnsByLabel[EMPTY_RPC] ?? []), {
      least: 0.9,
      of: "an RPC to an empty object",
    }),
    ratioClaim(ratioOf(ours, finding.turnsByLabel[ONE_TRANSACTION] ?? []), { least: 3, of: ONE_TRANSACTION }),
  ];
  return finding;
}

/** @param {Stage} stage @returns {Promise<Finding>} */
export async function reserveOverMany(stage) {
  const finding = await raceAll(stage, { id: "B2", what: "reserve over 200 products" }, [
    await subjects.B2(stage),
    floorContestant(
      stage,
      ROW_SPREAD,
      SPREAD_PRODUCTS.map((id) => `/row/${id}`),
    ),
    floorContestant(stage, ROW_HOT, [`/row/${HOT_PRODUCT}`]),
    transactionContestant(stage, SPREAD_PRODUCTS),
  ]);
  const [ours = []] = finding.labels.map((label) => finding.turnsByLabel[label]);
  const row = ratioOf(ours, finding.turnsByLabel[ROW_SPREAD] ?? []);
  finding.claims = [ratioClaim(row, { least: 0.7, of: "an object that inserts one row" })];
  return finding;
}

/** @param {Finding} hot @param {Finding} spread @returns {Finding} */
export function cpuPerReserve(hot, spread) {
  const micros = (finding, label) => medianTurn(finding.turnsByLabel[label] ?? []).cpuMicros;
  const constant = micros(hot, CONSTANT);
  const claim = (name, value, most) => {
    const ceiling = ceilingClaim(name, value, { most, unit: "µs" });
    return { ...ceiling, says: `${ceiling.says}, ${decimal(value / constant, 1)} constant routes` };
  };
  return {
    id: "B12",
    what: "CPU of workerd per durable, projected reserve",
    labels: [],
    turnsByLabel: {},
    claims: [
      claim("one product", micros(hot, "reserve"), HOT_CPU_MICROS),
      claim("200 products", micros(spread, "reserve"), SPREAD_CPU_MICROS),
    ],
    notes: [
      `A constant route took ${decimal(constant)} µs, an RPC to an empty object ` +
        `${decimal(micros(hot, EMPTY_RPC))} µs, one inserted row over 200 objects ` +
        `${decimal(micros(spread, ROW_SPREAD))} µs. The clock is read when the book has every event.`,
    ],
  };
}

/** @param {Stage} stage @param {string[]} ids @returns {import("../turns.mjs").Contestant} */
function transactionContestant({ floor, run }, ids) {
  const paths = ids.map((id) => `/transaction/${id}`);
  const requests = { maker: "reserve", options: { paths, apiKey: API_KEY, run }, expect: 201 };
  return { label: ONE_TRANSACTION, site: floor, requests };
}

/**
 * @param {Stage} stage @param {{ id: string, what: string }} measure
 * @param {import("../turns.mjs").Contestant[]} contestants @returns {Promise<Finding>} without claims
 */
async function raceAll({ load, pace }, { id, what }, contestants) {
  const turnsByLabel = Object.fromEntries(await race(load, id, { contestants, pace }));
  const labels = contestants.map(({ label }) => label);
  const turn = medianTurn(turnsByLabel[labels[0] ?? ""] ?? []);
  const note =
    `Into the book: ${decimal(turn.bookPerSecond)} events/s from first request to last event; ` +
    `${decimal(turn.behind)} events behind when the load ended, all there ` +
    `${decimal(turn.catchUpMs)} ms later.`;
  return { id, what, labels, turnsByLabel, claims: [], notes: [note] };
}
