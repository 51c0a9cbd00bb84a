/**
 * Who is to be told when something here has changed: hubs and webhooks, by name, kept in a table so that a restart forgets
 * nobody. Each is told by itself, one call in flight, at most once per spacing, always of the newest state: what changes
 * meanwhile is told afterwards, so the last state always arrives. Whoever answers that nobody listens is forgotten.
 */
import type { Stretch } from "../../d1/projection";
import type { WebhookFilter } from "../../domain/webhook";
import { WATCHER_BACKOFF_MIN_MS, WATCHER_MAX_FAILURES } from "../../limits";
import { pause } from "../../timeout";

export interface WatcherAnswer {
  /** false: do not call again, until it asks to be told again. */
  listening: boolean;
  /** The events it wants to be told of; left out: whatever changes. */
  wants?: WebhookFilter;
}

/** What changed, where some may not want to hear of it. */
export interface News {
  stretch: Stretch;
  mayPass(wants: WebhookFilter): boolean;
}

export interface WatchersDeps {
  /** Tells the newest state. May reject, and may be called again for the same state. */
  tell(name: string): Promise<WatcherAnswer>;
  /** After the last of several tries. */
  onFailure(name: string, error: unknown): void;
  spacingMs: number;
}

interface Told {
  /** Something changed that it has not been told. */
  behind: boolean;
  running: boolean;
  notBefore: number;
  failures: number;
  /** How often it has asked to be told: an answer from before the last time says nothing. */
  asked: number;
  wants: WebhookFilter | undefined;
  /** Without a gap, the last offsets that it was not told of because it does not want them. */
  quiet: Stretch | null;
}

export const WATCHERS_TABLE = `CREATE TABLE watchers (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;`;

const SQL = {
  all: "SELECT name FROM watchers",
  add: "INSERT INTO watchers VALUES (?)",
  remove: "DELETE FROM watchers WHERE name = ?",
} as const;

export class Watchers {
  readonly #sql: SqlStorage;
  readonly #deps: WatchersDeps;
  readonly #toldByName: Map<string, Told>;

  /** The table must be there already, or be made by the first `add`'s caller. */
  constructor(sql: SqlStorage, deps: WatchersDeps) {
    this.#sql = sql;
    this.#deps = deps;
    const made = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'watchers'").toArray().length > 0;
    const names = made ? sql.exec<{ name: string }>(SQL.all).toArray() : [];
    this.#toldByName = new Map(names.map(({ name }) => [name, untold()]));
  }

  get any(): boolean {
    return this.#toldByName.size > 0;
  }

  /** Costs a row the first time only. What it was not told of for what it wants is answered, if it still wants the same. */
  add(name: string, wants?: WebhookFilter): Stretch | null {
    const told = this.#toldByName.get(name) ?? untold();
    told.asked += 1;
    want(told, wants);
    if (!this.#toldByName.has(name)) {
      this.#sql.exec(SQL.add, name);
      this.#toldByName.set(name, told);
    }
    return told.quiet;
  }

  /** Something changed. Costs nothing while nobody watches, and next to nothing for those who do not want it. */
  notify(news?: News): void {
    for (const [name, told] of this.#toldByName) {
      if (news && told.wants && !news.mayPass(told.wants)) {
        const after = told.quiet?.to === news.stretch.after ? told.quiet.after : news.stretch.after;
        told.quiet = { after, to: news.stretch.to };
        continue;
      }
      told.behind = true;
      if (!told.running) void this.#run(name, told);
    }
  }

  async #run(name: string, told: Told): Promise<void> {
    told.running = true;
    told.failures = 0;
    while (told.behind && told.failures < WATCHER_MAX_FAILURES) {
      const waitMs = told.notBefore - Date.now();
      if (waitMs > 0) await pause(waitMs);
      told.behind = false;
      told.notBefore = Date.now() + this.#deps.spacingMs;
      await this.#tell(name, told);
    }
    told.running = false;
  }

  async #tell(name: string, told: Told): Promise<void> {
    const { asked } = told;
    try {
      const { listening, wants } = await this.#deps.tell(name);
      told.failures = 0;
      if (told.asked !== asked) return;
      want(told, wants);
      if (listening) return;
      told.behind = false;
      this.#sql.exec(SQL.remove, name);
      this.#toldByName.delete(name);
    } catch (error) {
      told.behind = true;
      told.failures += 1;
      told.notBefore = Date.now() + WATCHER_BACKOFF_MIN_MS * 2 ** (told.failures - 1);
      if (told.failures === WATCHER_MAX_FAILURES) this.#deps.onFailure(name, error);
    }
  }
}

function want(told: Told, wants: WebhookFilter | undefined): void {
  if (JSON.stringify(told.wants) !== JSON.stringify(wants)) told.quiet = null;
  told.wants = wants;
}

function untold(): Told {
  return {
    behind: false,
    running: false,
    notBefore: 0,
    failures: 0,
    asked: 0,
    wants: undefined,
    quiet: null,
  };
}
