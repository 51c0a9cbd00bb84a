/**
 * How far the log has come, as a ledger has seen it: remembered outside of D1, for the day on which D1 is restored to an
 * earlier time or is lost. What it has handed out in the last moment may be missing here; the log goes on far enough above.
 */
import type { Committed } from "../../d1/projection";
import type { LogFloor } from "../../d1/log-floor";
import { LOG_MARK_HOURS, LOG_MARK_SPACING_MS, LOG_RESUME_OFFSETS } from "../../limits/recovery";
import { Pump } from "../flow/pump";

/** `after`: the last offset from before the hour. `fell_back`: when the book was seen to end earlier than it had. */
export const MARKS_TABLE = `
  CREATE TABLE marks (hour INTEGER PRIMARY KEY, after INTEGER NOT NULL, newest INTEGER NOT NULL) STRICT;
  CREATE TABLE fell_back (at_ms INTEGER PRIMARY KEY) STRICT;
`;

const SQL = {
  made: "SELECT 1 FROM sqlite_master WHERE name = 'marks'",
  newest: "SELECT MAX(newest) AS value FROM marks",
  fellBack: "SELECT MAX(at_ms) AS value FROM fell_back",
  put: `INSERT INTO marks VALUES (?, ?, ?)
    ON CONFLICT (hour) DO UPDATE SET newest = MAX(newest, excluded.newest)`,
  prune: "DELETE FROM marks WHERE hour < ?",
  since: "SELECT MIN(after) AS value FROM marks WHERE hour >= ?",
  noteFall: "INSERT OR REPLACE INTO fell_back VALUES (?)",
} as const;

const HOUR_MS = 3_600_000;

export class LogMarks {
  /** 0: nothing is known. */
  newest = 0;
  /** null: never. */
  fellBackAt: number | null = null;
  /** When it was last known to be what everybody knows. */
  freshAt = 0;
  #hour = { hour: 0, after: 0 };
  readonly #saving = new Pump({ spacingMs: LOG_MARK_SPACING_MS, pass: () => this.#save() });

  /** `prepare` makes the tables. */
  constructor(
    private readonly sql: SqlStorage,
    private readonly prepare: () => void,
  ) {
    if (sql.exec(SQL.made).toArray().length === 0) return;
    this.newest = this.#value(SQL.newest) ?? 0;
    this.fellBackAt = this.#value(SQL.fellBack);
  }

  /** undefined: it knows of no offset that was handed out. `keptMs`: for how long objects keep their events at least. */
  floor(nowMs: number, keptMs: number): LogFloor | undefined {
    const { newest } = this;
    if (newest === 0) return undefined;
    // Half of it, since it takes its time until all have sent theirs again.
    const after = this.#value(SQL.since, Math.ceil((nowMs - keptMs / 2) / HOUR_MS)) ?? newest;
    return { newest, resumeAfter: newest + LOG_RESUME_OFFSETS, keptFrom: after + 1, nowMs };
  }

  committed({ after, to, fellBack }: Committed, nowMs: number): void {
    this.freshAt = nowMs;
    if (fellBack) this.#noteFall(nowMs);
    this.saw({ after, to }, nowMs);
  }

  /** Others may know more. */
  saw({ after, to }: { after: number; to: number }, nowMs: number): void {
    if (to <= this.newest) return;
    const hour = Math.floor(nowMs / HOUR_MS);
    if (this.#hour.hour !== hour) this.#hour = { hour, after: Math.max(after, this.newest) };
    this.newest = to;
    this.#saving.wake();
  }

  #save(): undefined {
    const { hour, after } = this.#hour;
    this.prepare();
    this.sql.exec(SQL.put, hour, after, this.newest);
    this.sql.exec(SQL.prune, hour - LOG_MARK_HOURS);
  }

  #noteFall(nowMs: number): void {
    this.fellBackAt = nowMs;
    this.prepare();
    this.sql.exec(SQL.noteFall, nowMs);
  }

  #value(query: string, ...bindings: number[]): number | null {
    return this.sql.exec<{ value: number | null }>(query, ...bindings).one().value;
  }
}
