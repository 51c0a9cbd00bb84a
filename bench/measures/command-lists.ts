/**
 * B13: fifty commands a call of an object's list door against one a call, asked from inside workerd by fifty
 * callers.
 */
import { decimal } from "../finding.mjs";
import { CONNECTIONS } from "../load.mjs";
import { stockProducts } from "../stage.mjs";
import { HOT_PRODUCT } from "../subjects.mjs";
import { race, ratioOf } from "../turns.mjs";

const LIST = 50;
const LEAST_RATIO = 8;

/** Drives through the route of list-door-worker.ts; stands where a LoadGenerator stands. */
const insideLoad = {
  /**
   * @param {import("../site.mjs").Site} site
   * @param {{ options: { productId: string, size: number, run: string } }} requests
   * @param {{ milliseconds?: number, firstIndex?: number }} extent
   */
  async drive(site, { options }, { milliseconds = 0, firstIndex = 0 }) {
    const run = `${options.run}-${options.size}-${firstIndex}`;
    const startedAt = performance.now();
    const answer = await fetch(new URL("/bench/list-door", site.url), {
      method: "POST",
      body: JSON.stringify({ ...options, run, callers: CONNECTIONS, milliseconds }),
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const text = await answer.text();
    const { applied, refused } = answer.ok ? JSON.parse(text) : { applied: 0, refused: 0 };
    if (applied === 0 || refused > 0) throw new Error(`the list door answered ${answer.status}: ${text}`);
    const none = Number.NaN;
    return {
      answered: applied,
      unexpected: {},
      sample: "",
      seconds,
      nextIndex: firstIndex + 1,
      p50Ms: none,
      p95Ms: none,
      p99Ms: none,
    };
  },
};

/**
 * @param {import("../stage.mjs").Stage} stage whose Worker is list-door-worker.ts
 * @returns {Promise<import("../finding.mjs").Finding>}
 */
export async function listDoor({ holdfast, book, pace, run }) {
  await stockProducts(holdfast, book, { ids: [HOT_PRODUCT] });
  const contestant = (label, size) => ({
    label,
    site: holdfast,
    book,
    requests: { maker: "inside", options: { productId: HOT_PRODUCT, size, run }, expect: 200 },
  });
  const contestants = [contestant(`${LIST} commands a call`, LIST), contestant("one command a call", 1)];
  const load = /** @type {any} */ (insideLoad);
  const turnsByLabel = Object.fromEntries(await race(load, "B13", { contestants, pace }));
  const [lists = [], singles = []] = contestants.map(({ label }) => turnsByLabel[label]);
  const answered = ratioOf(lists.map(asAnswered), singles.map(asAnswered));
  const charged = ratioOf(lists, singles);
  return {
    id: "B13",
    what: "commands through the object's list door",
    labels: contestants.map(({ label }) => label),
    turnsByLabel,
    claims: [
      {
        says: `${timesOf(answered)} one a call`,
        reach: `>= ${LEAST_RATIO}x`,
        reached: answered.ratio >= LEAST_RATIO,
      },
    ],
    notes: [
      `Asked inside workerd, ${CONNECTIONS} callers. The ratio is of commands answered; with the events' ` +
        `way into the book charged to both it is ${timesOf(charged)}.`,
    ],
  };
}

/** @param {import("../turns.mjs").Ratio} measured */
function timesOf({ ratio, low, high }) {
  return `${decimal(ratio, 1)}x (${decimal(low, 1)} to ${decimal(high, 1)})`;
}

/** @param {import("../turns.mjs").Turn} turn */
function asAnswered(turn) {
  return { ...turn, perSecond: turn.answeredPerSecond };
}
