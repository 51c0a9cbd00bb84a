/** Many live listeners, in a thread of their own. */
import { Worker } from "node:worker_threads";
import { API_KEY } from "./site.mjs";

const PATIENCE_MS = 60_000;

export class Crowd {
  #thread = new Worker(new URL("./crowd-thread.mjs", import.meta.url));

  /**
   * Resolves when every socket is open and has its snapshot.
   * @param {import("./site.mjs").Site} site @param {string} path @param {number} listeners
   */
  async listen(site, path, listeners) {
    const url = new URL(path, site.url);
    url.protocol = "ws:";
    await this.#ask({ listen: { url: url.href, key: API_KEY, listeners } });
  }

  /**
   * Resolves when every socket has been told this version.
   * @param {number} version @returns {Promise<{ messages: number, listeners: number }>} rejects when a version fell
   */
  async until(version) {
    return this.#ask({ until: version });
  }

  async leave() {
    await this.#thread.terminate();
  }

  /** @param {object} message @returns {Promise<any>} */
  #ask(message) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the listeners do not answer")), PATIENCE_MS);
      this.#thread.once("message", ({ answer, error }) => {
        clearTimeout(timer);
        if (error === undefined) resolve(answer);
        else reject(new Error(error));
      });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      this.#thread.postMessage(message);
    });
  }
}
