/** How far the book has come, asked sparingly: every question costs the process that is being measured. */

const QUESTION_SPACING_MS = 40;
const PATIENCE_MS = 60_000;

export class Book {
  #database;

  /** @param {import("@cloudflare/workers-types").D1Database} database */
  constructor(database) {
    this.#database = database;
  }

  /** @param {import("./site.mjs").Site} site */
  static async of(site) {
    return new Book(await site.miniflare.getD1Database("BOOK", site.name));
  }

  /**
   * @returns {Promise<number>} the last offset; offsets are dense from 1, so this is also how many events it
   * has
   */
  async offset() {
    return (await this.#database.prepare('SELECT max("offset") AS last FROM events').first("last")) ?? 0;
  }

  /**
   * @param {number} offset
   * @returns {Promise<{ behind: number, milliseconds: number }>} how many events were missing at first, and
   *   for how long
   */
  async waitFor(offset) {
    const startedAt = performance.now();
    let seen = await this.offset();
    const behind = Math.max(0, offset - seen);
    while (seen < offset) {
      if (performance.now() - startedAt > PATIENCE_MS) {
        throw new Error(`the book stands at ${seen} and never came to ${offset}`);
      }
      await new Promise((resolve) => setTimeout(resolve, QUESTION_SPACING_MS));
      seen = await this.offset();
    }
    return { behind, milliseconds: performance.now() - startedAt };
  }

  /**
   * Waits until nothing has come for a while.
   * @param {number} quietMs @returns {Promise<number>} the offset then
   */
  async waitUntilQuiet(quietMs) {
    let seen = await this.offset();
    let since = performance.now();
    while (performance.now() - since < quietMs) {
      await new Promise((resolve) => setTimeout(resolve, QUESTION_SPACING_MS));
      const now = await this.offset();
      if (now !== seen) since = performance.now();
      seen = now;
    }
    return seen;
  }
}

/**
 * Brings the schema of the book in.
 * @param {import("./site.mjs").Site} site @param {string[]} scripts SQL, in order
 */
export async function migrateBook(site, scripts) {
  const database = await site.miniflare.getD1Database("BOOK", site.name);
  for (const script of scripts) {
    for (const statement of script.split("--> statement-breakpoint")) {
      if (statement.trim() !== "") await database.prepare(statement).run();
    }
  }
}
