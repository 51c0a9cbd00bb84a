/** The one row of a source's object, and the same in memory. A source that was never used has none. */
import { migrate, schemaVersion } from "../storage/migrations";
import { NEW_STATE, storedState, type State } from "./state";

/** Append-only. */
const SOURCE_MIGRATIONS = [
  "CREATE TABLE source (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL) STRICT;",
] as const;

const SQL = {
  state: "SELECT state FROM source",
  put: "INSERT OR REPLACE INTO source VALUES (1, ?)",
} as const;

export class SourceStore {
  #state: State | undefined;

  constructor(private readonly storage: Pick<DurableObjectStorage, "sql" | "transactionSync">) {
    const { sql } = storage;
    if (schemaVersion(sql) === 0) return;
    migrate(sql, SOURCE_MIGRATIONS);
    const [row] = sql.exec<{ state: string }>(SQL.state).toArray();
    if (row) this.#state = storedState(row.state);
  }

  get isUsed(): boolean {
    return this.#state !== undefined;
  }

  get state(): State {
    return this.#state ?? NEW_STATE;
  }

  /** What nothing awaited may come between. */
  change(by: (state: State) => State): State {
    const state = by(this.state);
    this.storage.transactionSync(() => {
      migrate(this.storage.sql, SOURCE_MIGRATIONS);
      this.storage.sql.exec(SQL.put, JSON.stringify(state));
    });
    this.#state = state;
    return state;
  }
}
