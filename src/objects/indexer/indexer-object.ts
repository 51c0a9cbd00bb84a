/**
 * Keeps the search index behind the book, and rebuilds it. It alone writes the index. What has to be indexed waits in the
 * book, put there by the batch that changed it; how far a rebuilding has come is kept here. So nothing is lost whenever this
 * ends, and an index that has been dropped comes back by itself.
 */
import { DurableObject } from "cloudflare:workers";
import { INDEX_PAGE_ROWS, INDEX_PAUSE_MS, INDEX_SPACING_MS, REBUILD_ALARM_MS } from "../../limits/search";
import { createIndex } from "../../search/index-writer";
import { indexState, isNoTable } from "../../search/search-schema";
import { Alarm } from "../flow/alarm";
import { Pump, type More } from "../flow/pump";
import { migrate, schemaVersion } from "../storage/migrations";
import { indexPage, indexQueued, NEVER_BUILT, rebuildSchema, type Rebuild } from "./indexing";
import { Merging } from "./merging";

/** Append-only. One row: the last rebuilding, as JSON. */
const INDEXER_MIGRATIONS = ["CREATE TABLE rebuild (state TEXT NOT NULL) STRICT;"] as const;

export class IndexerObject extends DurableObject<Env> {
  #rebuild: Rebuild;
  /** It has been seen that the index is there. */
  #isThere = false;
  readonly #merging = new Merging();
  /** One at a time: a page of a rebuilding must not bring back what the queue takes out. */
  readonly #pump = new Pump({ pass: () => this.#pass() });
  readonly #alarm: Alarm;
  #waiting: (() => void)[] = [];

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#rebuild = this.#stored();
    this.#alarm = new Alarm(ctx.storage, () => [this.#isRebuilding() ? Date.now() + REBUILD_ALARM_MS : null]);
    void ctx.blockConcurrencyWhile(() => this.#alarm.recover());
  }

  override async alarm(): Promise<void> {
    await this.#alarm.run(async () => this.#pump.wake(0), { object: "indexer" });
  }

  /** Something waits, and need not be found at once. */
  wake(): void {
    this.#pump.wake(INDEX_SPACING_MS);
  }

  /** Looks whether the index is still there, and whether something waits. */
  check(): void {
    this.#isThere = false;
    this.#pump.wake(0);
  }

  /** Resolves when the index has all that waits now, or that has failed for now. Never rejects. */
  catchUp(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#pump.wake(0);
    });
  }

  /** Begins one, unless one is under way. The index answers meanwhile. */
  rebuild(): Rebuild {
    if (!this.#isRebuilding()) this.#begin();
    this.check();
    return this.#rebuild;
  }

  progress(): Rebuild {
    return this.#rebuild;
  }

  /** A page of what waits, or else of the rebuilding; between two of them others have their turn. */
  async #pass(): Promise<More> {
    let waiting = this.#waiting.length;
    try {
      if (!this.#isThere) await this.#requireIndex();
      const found = await indexQueued(this.env, this.#rebuild.build);
      this.#merging.add(found);
      if (found === INDEX_PAGE_ROWS) return INDEX_PAUSE_MS;
      this.#answer(waiting);
      waiting = 0;
      if (this.#isRebuilding()) await this.#rebuildPage();
      else await this.#merging.step(this.env.SEARCH);
    } catch (error) {
      if (isNoTable(error)) this.#isThere = false;
      this.#answer(waiting);
      throw error;
    }
    return this.#isRebuilding() || this.#merging.isDue ? INDEX_PAUSE_MS : undefined;
  }

  async #rebuildPage(): Promise<void> {
    this.#store(await indexPage(this.env, this.#rebuild));
    if (!this.#isRebuilding()) this.#merging.begin();
  }

  /** Those who have waited longest. */
  #answer(count: number): void {
    for (const resolve of this.#waiting.splice(0, count)) resolve();
  }

  /** Makes the index where there is none, or one of another form. */
  async #requireIndex(): Promise<void> {
    const state = await indexState(this.env.SEARCH);
    if (state === "absent") {
      await createIndex(this.env.SEARCH);
      this.#begin();
    } else if (state === "incomplete" && !this.#isRebuilding()) {
      this.#begin();
    }
    this.#isThere = true;
  }

  #begin(): void {
    const { build } = this.#rebuild;
    const startedAt = new Date().toISOString();
    this.#store({ ...NEVER_BUILT, build: build + 1, phase: "indexing", startedAt });
  }

  #isRebuilding(): boolean {
    return this.#rebuild.phase === "indexing" || this.#rebuild.phase === "removing";
  }

  #stored(): Rebuild {
    const { sql } = this.ctx.storage;
    const rows =
      schemaVersion(sql) > 0 ? sql.exec<{ state: string }>("SELECT state FROM rebuild").toArray() : [];
    return rows[0] ? rebuildSchema.parse(JSON.parse(rows[0].state)) : NEVER_BUILT;
  }

  #store(rebuild: Rebuild): void {
    this.#rebuild = rebuild;
    this.ctx.storage.transactionSync(() => {
      const { sql } = this.ctx.storage;
      migrate(sql, INDEXER_MIGRATIONS);
      sql.exec("DELETE FROM rebuild");
      sql.exec("INSERT INTO rebuild VALUES (?)", JSON.stringify(rebuild));
    });
    if (this.#isRebuilding()) this.#alarm.arm();
  }
}
