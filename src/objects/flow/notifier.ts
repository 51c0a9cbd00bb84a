/**
 * Who is notified when something here has changed: hubs and webhooks, by name, kept in a table so that a restart forgets
 * nobody. Each has a pump of its own, so nobody waits for another; what changes while one is being notified it is notified of
 * afterwards. Whoever answers that nobody listens is forgotten.
 */
import type { Stretch } from "../../d1/projection";
import type { WebhookFilter } from "../../domain/webhook";
import { MAX_STRETCHES_KEPT, WATCHER_BACKOFF, WATCHER_MAX_FAILURES } from "../../limits";
import { Pump } from "./pump";

export interface WatcherAnswer {
  /** false: do not call again, until it asks for it again. */
  listening: boolean;
  /** The events it wants to be notified of; left out: whatever changes. */
  wants?: WebhookFilter;
}

/** What changed, where some may not want to know. */
export interface Growth {
  stretch: Stretch;
  mayPass(wants: WebhookFilter): boolean;
}

export interface NotifierDeps {
  /** Of the newest state. May reject, and may be called again for the same state. */
  notify(name: string): Promise<WatcherAnswer>;
  /** After the last of several tries; the next comes with the next change. */
  onFailure(name: string, error: unknown): void;
  spacingMs: number;
}

class Watcher extends Pump {
  failures = 0;
  /** How often it has asked to be notified: an answer from before the last time says nothing. */
  asked = 0;
  wants: WebhookFilter | undefined;
  /** Offsets that hold nothing it wants, since it was last notified or asked. */
  unwanted: Stretch[] = [];
}

export const WATCHERS_TABLE = `CREATE TABLE watchers (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;`;

const SQL = {
  all: "SELECT name FROM watchers",
  add: "INSERT INTO watchers VALUES (?)",
  remove: "DELETE FROM watchers WHERE name = ?",
} as const;

export class Notifier {
  readonly #watcherByName = new Map<string, Watcher>();

  /** The table must be there already, or be made by the first `add`'s caller. */
  constructor(
    private readonly sql: SqlStorage,
    private readonly deps: NotifierDeps,
  ) {
    const made = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'watchers'").toArray().length > 0;
    const rows = made ? sql.exec<{ name: string }>(SQL.all).toArray() : [];
    for (const { name } of rows) this.#watcherByName.set(name, this.#newWatcher(name));
  }

  get names(): string[] {
    return [...this.#watcherByName.keys()];
  }

  /** Costs a row the first time only. Answers, once each, the newest stretches that hold nothing of what it wants. */
  add(name: string, wants?: WebhookFilter): Stretch[] {
    const known = this.#watcherByName.get(name);
    const watcher = known ?? this.#newWatcher(name);
    watcher.asked += 1;
    want(watcher, wants);
    if (!known) {
      this.sql.exec(SQL.add, name);
      this.#watcherByName.set(name, watcher);
    }
    const { unwanted } = watcher;
    watcher.unwanted = [];
    return unwanted;
  }

  /** Something changed. Costs nothing while nobody watches, and next to nothing for those who do not want it. */
  notify(growth?: Growth): void {
    for (const watcher of this.#watcherByName.values()) {
      if (growth && watcher.wants && !growth.mayPass(watcher.wants)) {
        leaveOut(watcher.unwanted, growth.stretch);
      } else {
        watcher.unwanted = [];
        watcher.wake();
      }
    }
  }

  #newWatcher(name: string): Watcher {
    const watcher: Watcher = new Watcher({
      pass: () => this.#pass(name, watcher),
      spacingMs: this.deps.spacingMs,
      backoff: WATCHER_BACKOFF,
      // The pass says so when it gives up.
      onFailure: () => undefined,
    });
    return watcher;
  }

  async #pass(name: string, watcher: Watcher): Promise<undefined> {
    if (this.#watcherByName.get(name) !== watcher) return;
    const { asked } = watcher;
    try {
      const { listening, wants } = await this.deps.notify(name);
      watcher.failures = 0;
      if (watcher.asked !== asked) return;
      want(watcher, wants);
      if (!listening) this.#forget(name);
    } catch (error) {
      watcher.failures += 1;
      if (watcher.failures < WATCHER_MAX_FAILURES) throw error;
      watcher.failures = 0;
      this.deps.onFailure(name, error);
    }
  }

  #forget(name: string): void {
    this.sql.exec(SQL.remove, name);
    this.#watcherByName.delete(name);
  }
}

function want(watcher: Watcher, wants: WebhookFilter | undefined): void {
  if (JSON.stringify(watcher.wants) !== JSON.stringify(wants)) watcher.unwanted = [];
  watcher.wants = wants;
}

/** What follows the last without a gap becomes one with it. */
function leaveOut(unwanted: Stretch[], { after, to }: Stretch): void {
  const last = unwanted.at(-1);
  if (last?.to === after) unwanted[unwanted.length - 1] = { after: last.after, to };
  else unwanted.push({ after, to });
  if (unwanted.length > MAX_STRETCHES_KEPT) unwanted.shift();
}
