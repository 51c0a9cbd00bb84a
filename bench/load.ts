/** Load from a thread of its own, so that what drives and what measures do not wait for each other. */
import { Worker } from "node:worker_threads";
import { HOST } from "./site.mjs";

export const CONNECTIONS = 50;
const GRACE_MS = 60_000;

/**
 * @typedef {object} Plan
 * @property {{ host: string, port: number }} address
 * @property {number} connections
 * @property {number} milliseconds
 * @property {string} maker @property {object} options see requests.mjs
 * @property {number} expect the one status that counts
 * @property {number} firstIndex number of the first request @property {number} endIndex number to stop before
 */

/**
 * @typedef {object} Outcome
 * @property {number} answered with the expected status
 * @property {Record<string, number>} unexpected count by status
 * @property {string} sample body of the first unexpected answer
 * @property {number} seconds until the last answer was in
 * @property {number} nextIndex number of the first request that was not sent
 * @property {number} p50Ms @property {number} p95Ms @property {number} p99Ms
 */

export class LoadGenerator {
  #thread = new Worker(new URL("./load-thread.mjs", import.meta.url));

  /**
   * @param {import("./site.mjs").Site} site
   * @param {{ maker: string, options: object, expect: number }} requests
   * @param {{ milliseconds?: number, firstIndex?: number, endIndex?: number, connections?: number }} extent
   * @returns {Promise<Outcome>} rejects when a connection breaks or any answer was not the expected one
   */
  async drive(site, requests, extent) {
    const {
      milliseconds = Number.MAX_SAFE_INTEGER,
      firstIndex = 0,
      endIndex = Number.MAX_SAFE_INTEGER,
    } = extent;
    const address = { host: HOST, port: site.port };
    const connections = extent.connections ?? CONNECTIONS;
    const outcome = await this.#ask({
      address,
      connections,
      milliseconds,
      firstIndex,
      endIndex,
      ...requests,
    });
    if (Object.keys(outcome.unexpected).length > 0) {
      const counts = JSON.stringify(outcome.unexpected);
      throw new Error(
        `${site.name} answered ${counts} where ${requests.expect} was due, first: ${outcome.sample}`,
      );
    }
    return outcome;
  }

  /** @param {Plan} plan @returns {Promise<Outcome>} */
  #ask(plan) {
    return new Promise((resolve, reject) => {
      const limit = Math.min(plan.milliseconds + GRACE_MS, 2 ** 31 - 1);
      const timer = setTimeout(() => reject(new Error("the load did not end: an answer is missing")), limit);
      this.#thread.once("message", ({ outcome, error }) => {
        clearTimeout(timer);
        if (error === undefined) resolve(outcome);
        else reject(new Error(error));
      });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      this.#thread.postMessage(plan);
    });
  }

  async stop() {
    await this.#thread.terminate();
  }
}
