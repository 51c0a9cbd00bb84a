/** B1, B2 and, from the same turns, B12: durable, keyed, projected reservations on one product and over two hundred. */
import { decimal, ceilingClaim, ratioClaim } from "../finding.mjs";
import { API_KEY } from "../site.mjs";
import { HOT_PRODUCT, SPREAD_PRODUCTS, floorContestant, stockProducts } from "../stage.mjs";
import { medianTurn, race, ratioOf } from "../turns.mjs";

const HOT_CPU_MICROS = 140;
/** Half of what the first sketch of this design took. */
const SPREAD_CPU_MICROS = 345;

/** @param {import("../stage.mjs").Stage} stage @param {string[]} ids @returns {import("../turns.mjs").Contestant} */
export function reserveContestant({ holdfast, book, run }, ids) {
  const paths = ids.map((id) => `/v1/inventory/${id}/reserve`);
  return {
    label: "reserve",
    site: holdfast,
    requests: { maker: "reserve", options: { paths, apiKey: API_KEY, run }, expect: 201 },
    book,
  };
}

/** @param {import("../stage.mjs").Stage} stage @param {string[]} ids @returns {import("../turns.mjs").Contestant} */
function transactionContestant({ floor, run }, ids) {
  const paths = ids.map((id) => `/transaction/${id}`);
  return {
    label: "one transaction per request",
    site: floor,
    requests: { maker: "reserve", options: { paths, apiKey: API_KEY, run }, expect: 201 },
  };
}

/** @param {import("../stage.mjs").Stage} stage @returns {Promise<import("../finding.mjs").Finding>} */
export async function reserveOnOne(stage) {
  await stockProducts(stage.holdfast, stage.book, { ids: [HOT_PRODUCT] });
  const contestants = [
    reserveContestant(stage, [HOT_PRODUCT]),
    floorContestant(stage, "RPC to an empty object", [`/empty/${HOT_PRODUCT}`]),
    transactionContestant(stage, [HOT_PRODUCT]),
    floorContestant(stage, "constant", ["/constant"]),
  ];
  const { turnsByLabel, ours, theirs } = await raceAll(stage, "B1", contestants);
  const perTransaction = ratioOf(ours, theirs("one transaction per request"));
  return {
    id: "B1",
    what: "reserve on one product",
    labels: contestants.map(({ label }) => label),
    turnsByLabel,
    claims: [
      ratioClaim(ratioOf(ours, theirs("RPC to an empty object")), { least: 0.9, of: "an RPC to an empty object" }),
      ratioClaim(perTransaction, { least: 3, of: "one transaction per request" }),
    ],
    notes: [bookNote(ours)],
  };
}

/** @param {import("../stage.mjs").Stage} stage @returns {Promise<import("../finding.mjs").Finding>} */
export async function reserveOverMany(stage) {
  await stockProducts(stage.holdfast, stage.book, { ids: SPREAD_PRODUCTS });
  const contestants = [
    reserveContestant(stage, SPREAD_PRODUCTS),
    floorContestant(stage, "one inserted row, 200 objects", SPREAD_PRODUCTS.map((id) => `/row/${id}`)),
    floorContestant(stage, "one inserted row, one object", [`/row/${HOT_PRODUCT}`]),
    transactionContestant(stage, SPREAD_PRODUCTS),
  ];
  const { turnsByLabel, ours, theirs } = await raceAll(stage, "B2", contestants);
  const row = ratioOf(ours, theirs("one inserted row, 200 objects"));
  return {
    id: "B2",
    what: "reserve over 200 products",
    labels: contestants.map(({ label }) => label),
    turnsByLabel,
    claims: [ratioClaim(row, { least: 0.7, of: "an object that inserts one row" })],
    notes: [bookNote(ours)],
  };
}

/**
 * @param {import("../finding.mjs").Finding} hot @param {import("../finding.mjs").Finding} spread
 * @returns {import("../finding.mjs").Finding}
 */
export function cpuPerReserve(hot, spread) {
  const micros = (finding, label) => medianTurn(finding.turnsByLabel[label] ?? []).cpuMicros;
  return {
    id: "B12",
    what: "CPU of workerd per durable, projected reserve",
    labels: [],
    turnsByLabel: {},
    claims: [
      ceilingClaim("one product", micros(hot, "reserve"), { most: HOT_CPU_MICROS, unit: "µs" }),
      ceilingClaim("200 products", micros(spread, "reserve"), { most: SPREAD_CPU_MICROS, unit: "µs" }),
    ],
    notes: [
      `In the same run a constant route took ${decimal(micros(hot, "constant"))} µs, an RPC to an empty object ` +
        `${decimal(micros(hot, "RPC to an empty object"))} µs, one inserted row over 200 objects ` +
        `${decimal(micros(spread, "one inserted row, 200 objects"))} µs. The clock is read when the book has every event.`,
    ],
  };
}

/** @param {import("../stage.mjs").Stage} stage @param {string} title @param {import("../turns.mjs").Contestant[]} contestants */
async function raceAll(stage, title, contestants) {
  const turnsByLabel = Object.fromEntries(await race(stage.load, title, { contestants, pace: stage.pace }));
  const theirs = (label) => turnsByLabel[label] ?? [];
  return { turnsByLabel, ours: theirs("reserve"), theirs };
}

/** @param {import("../turns.mjs").Turn[]} turns */
function bookNote(turns) {
  const turn = medianTurn(turns);
  return (
    `Into the book: ${decimal(turn.bookPerSecond)} events/s from first request to last event; ` +
    `${decimal(turn.behind)} events behind when the load ended, all there ${decimal(turn.catchUpMs)} ms later.`
  );
}
