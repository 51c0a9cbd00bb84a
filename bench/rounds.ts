/**
 * Contestants take short turns, round after round in alternating order, so that whatever else the machine
 * does falls on all of them alike. Figures are medians over the rounds; a ratio is the median of the rounds'
 * ratios.
 */
import { cpuTimeNs, machineTimeNs } from "./process-clock.mjs";
import { progress } from "./progress.mjs";
import { median } from "./statistics.mjs";

/**
 * @typedef {object} Contestant
 * @property {string} label
 * @property {import("./site.mjs").Site} site
 * @property {{ maker: string, options: object, expect: number }} requests
 * @property {import("./book.mjs").Book} [book] where each answer puts one event; a turn ends when they are
 *   all there
 * @property {number} [nextIndex] number of its next request
 */

/**
 * @typedef {object} Turn
 * @property {number} answered
 * @property {number} answeredPerSecond as the clients saw it
 * @property {number} perSecond the same with what was put off charged: see `takeTurn`
 * @property {number} cpuMicros of workerd per answer, putting into the book included
 * @property {number} behind events missing in the book when the load ended
 * @property {number} catchUpMs until the book had them
 * @property {number} bookPerSecond events into the book, from the start of the load until the book had them
 * @property {number} othersCores busy with neither workerd nor the bench, in cores
 * @property {number} p50Ms @property {number} p95Ms @property {number} p99Ms
 */

/**
 * Work put off until after the load is still work: the CPU time that workerd spends on catching up counts as
 * time of the load. Waiting idle while neighbours gather for the trip does not.
 * @param {import("./load.mjs").LoadGenerator} load @param {Contestant} contestant
 * @param {number} milliseconds
 * @returns {Promise<Turn>}
 */
export async function takeTurn(load, contestant, milliseconds) {
  const { site, requests, book } = contestant;
  const offsetBefore = (await book?.offset()) ?? 0;
  const machineBefore = machineTimeNs();
  const ownBefore = process.cpuUsage();
  const cpuBefore = cpuTimeNs(site.pid);
  const outcome = await load.drive(site, requests, { milliseconds, firstIndex: contestant.nextIndex ?? 0 });
  const cpuLoaded = cpuTimeNs(site.pid);
  const own = process.cpuUsage(ownBefore);
  const machineNs = machineTimeNs() - machineBefore;
  contestant.nextIndex = outcome.nextIndex;
  const { behind, milliseconds: catchUpMs } = (await book?.waitFor(offsetBefore + outcome.answered)) ?? {
    behind: 0,
    milliseconds: 0,
  };
  const cpuSettled = cpuTimeNs(site.pid);
  const ownNs = (own.user + own.system) * 1000;
  const { answered, seconds, p50Ms, p95Ms, p99Ms } = outcome;
  return {
    answered,
    answeredPerSecond: answered / seconds,
    perSecond: answered / (seconds + (cpuSettled - cpuLoaded) / 1e9),
    cpuMicros: (cpuSettled - cpuBefore) / 1000 / answered,
    behind,
    catchUpMs,
    bookPerSecond: book ? answered / (seconds + catchUpMs / 1000) : 0,
    othersCores: Math.max(0, (machineNs - ownNs - (cpuLoaded - cpuBefore)) / 1e9 / seconds),
    p50Ms,
    p95Ms,
    p99Ms,
  };
}

/**
 * @param {import("./load.mjs").LoadGenerator} load @param {string} title
 * @param {{ contestants: Contestant[], pace: import("./arguments.mjs").Pace }} race
 * @returns {Promise<Map<string, Turn[]>>} the rounds by label
 */
export async function race(load, title, { contestants, pace }) {
  /** @type {Map<string, Turn[]>} */
  const turnsByLabel = new Map(contestants.map(({ label }) => [label, []]));
  for (const contestant of contestants) {
    progress(`${title}: warming ${contestant.label}`);
    await takeTurn(load, contestant, pace.warmUpMs);
  }
  for (let round = 1; round <= pace.rounds; round++) {
    const order = round % 2 === 1 ? contestants : contestants.toReversed();
    for (const contestant of order) {
      const turn = await takeTurn(load, contestant, pace.turnMs);
      turnsByLabel.get(contestant.label)?.push(turn);
      const rate = Math.round(turn.perSecond).toLocaleString("en");
      progress(`${title}: round ${round} of ${pace.rounds}, ${contestant.label} ${rate}/s`);
    }
  }
  return turnsByLabel;
}

/** Each figure's median over the rounds. @param {Turn[]} turns @returns {Turn} */
export function medianTurn(turns) {
  const [first] = turns;
  if (!first) throw new Error("no turn was taken");
  const names = /** @type {(keyof Turn)[]} */ (Object.keys(first));
  return /** @type {Turn} */ (
    Object.fromEntries(names.map((name) => [name, median(turns.map((turn) => turn[name]))]))
  );
}

/**
 * @typedef {object} Ratio of answers a second, ours to theirs
 * @property {number} ratio median over the rounds @property {number} low @property {number} high
 * @property {number} byCpu what it would be if CPU time alone counted: steadier than time on a busy machine
 */

/** @param {Turn[]} ours @param {Turn[]} theirs @returns {Ratio} */
export function ratioOf(ours, theirs) {
  const ratios = ours.map((turn, round) => turn.perSecond / (theirs[round]?.perSecond ?? Number.NaN));
  const byCpu = ours.map((turn, round) => (theirs[round]?.cpuMicros ?? Number.NaN) / turn.cpuMicros);
  return { ratio: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios), byCpu: median(byCpu) };
}
