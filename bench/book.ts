/** How far the book has come, asked sparingly: every question costs the process that is being measured. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { D1Database } from "@cloudflare/workers-types";

const QUESTION_SPACING_MS = 40;
const TIMEOUT_MS = 60_000;

export class Book {
  readonly database: D1Database;

  constructor(database: D1Database) {
    this.database = database;
  }

  /** With the table in which wrangler remembers what it applied, and the Worker looks. `project`: a checkout. */
  async migrate(project: string): Promise<void> {
    const migrations = join(project, "migrations");
    await this.database.exec(
      "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)",
    );
    const remember = this.database.prepare("INSERT INTO d1_migrations (name) VALUES (?)");
    for (const name of globSync("*.sql", { cwd: migrations }).toSorted()) {
      const statements = readFileSync(join(migrations, name), "utf8").split("--> statement-breakpoint");
      for (const statement of statements) await this.database.prepare(statement).run();
      await remember.bind(name).run();
    }
  }

  /** The last one; offsets are dense from 1, so this is also how many events it has. */
  async offset(): Promise<number> {
    const last = this.database.prepare('SELECT max("offset") AS last FROM events');
    return (await last.first<number>("last")) ?? 0;
  }

  /** How many events were missing at first, and for how long. */
  async waitFor(offset: number): Promise<{ behind: number; catchUpMs: number }> {
    const startedAt = performance.now();
    let seen = await this.offset();
    const behind = Math.max(0, offset - seen);
    while (seen < offset) {
      if (performance.now() - startedAt > TIMEOUT_MS)
        throw new Error(`the book stands at ${seen} and never came to ${offset}`);
      await sleep(QUESTION_SPACING_MS);
      seen = await this.offset();
    }
    return { behind, catchUpMs: performance.now() - startedAt };
  }

  /** Until the search index has all that waits for it. A checkout from before there was one has none. */
  async waitUntilIndexed(): Promise<void> {
    const queues = await this.database
      .prepare("SELECT 1 FROM sqlite_schema WHERE name = 'search_queue'")
      .all();
    const waiting = this.database.prepare("SELECT 1 FROM search_queue LIMIT 1");
    while (queues.results.length > 0 && (await waiting.first()) !== null) await sleep(QUESTION_SPACING_MS);
  }

  /** Until nothing has come for a while. */
  async waitUntilQuiet(quietMs: number): Promise<void> {
    let seen = await this.offset();
    let since = performance.now();
    while (performance.now() - since < quietMs) {
      await sleep(QUESTION_SPACING_MS);
      const now = await this.offset();
      if (now !== seen) since = performance.now();
      seen = now;
    }
  }
}
