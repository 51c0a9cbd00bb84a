/** The two Workers side by side, and the products that the load asks for. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Book, migrateBook } from "./book.mjs";
import { ADMIN_KEY, floorOptions, holdfastOptions, startSite } from "./site.mjs";
import { PROJECT_ROOT } from "./toolchain.mjs";

const PLENTY = 1_000_000_000;
const QUIET_MS = 400;

/**
 * @typedef {object} Stage
 * @property {import("./site.mjs").Site} floor
 * @property {import("./site.mjs").Site} holdfast
 * @property {Book} book of holdfast
 * @property {import("./load.mjs").LoadGenerator} load
 * @property {import("./arguments.mjs").Pace} pace
 * @property {string} run a word of this run, for keys and orders
 */

/** @returns {string[]} the scripts of the book, in order */
export function readMigrations() {
  const folder = join(PROJECT_ROOT, "migrations");
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  return names.map((name) => readFileSync(join(folder, name), "utf8"));
}

/**
 * Holdfast or a bench entry around its objects, with an empty book.
 * @param {string} name @param {import("./build.mjs").Bundle} bundle
 * @param {{ variables?: Record<string, string>, inspector?: boolean, quiet?: boolean }} [options]
 */
export async function startHoldfast(name, bundle, { variables, inspector = false, quiet = false } = {}) {
  const site = await startSite(name, bundle, { worker: await holdfastOptions(variables), inspector, quiet });
  await migrateBook(site, readMigrations());
  return { site, book: await Book.of(site) };
}

/** @param {import("./build.mjs").Bundle} bundle */
export async function startFloor(bundle) {
  return startSite("floor", bundle, { worker: await floorOptions() });
}

/**
 * Creates products with more stock than any run can take, and waits until the book has them.
 * @param {import("./site.mjs").Site} site @param {Book} book
 * @param {{ ids: string[], initialQuantity?: number }} products
 */
export async function stockProducts(site, book, { ids, initialQuantity = PLENTY }) {
  for (const productId of ids) {
    const answer = await fetch(new URL("/v1/inventory", site.url), {
      method: "POST",
      headers: { "X-API-Key": ADMIN_KEY, "Content-Type": "application/json" },
      body: JSON.stringify({ productId, initialQuantity, name: `Bench ${productId}` }),
    });
    const text = await answer.text();
    if (answer.status !== 201) throw new Error(`creating ${productId} answered ${answer.status}: ${text}`);
  }
  await book.waitUntilQuiet(QUIET_MS);
}

/**
 * @param {Stage} stage @param {string} label @param {string[]} paths asked in turn
 * @returns {import("./turns.mjs").Contestant}
 */
export function floorContestant({ floor }, label, paths) {
  return { label, site: floor, requests: { maker: "get", options: { paths }, expect: 200 } };
}

/**
 * Fresh Workers for one measure, gone afterwards whatever happens.
 * @template T
 * @param {{ floor: import("./build.mjs").Bundle, holdfast: import("./build.mjs").Bundle,
 *   load: import("./load.mjs").LoadGenerator, pace: import("./arguments.mjs").Pace }} parts
 * @param {(stage: Stage) => Promise<T>} measure
 */
export async function withStage({ floor, holdfast, load, pace }, measure) {
  const run = Math.random().toString(36).slice(2, 8);
  const floorSite = await startFloor(floor);
  try {
    const { site, book } = await startHoldfast("holdfast", holdfast);
    try {
      return await measure({ floor: floorSite, holdfast: site, book, load, pace, run });
    } finally {
      await site.stop();
    }
  } finally {
    await floorSite.stop();
  }
}
