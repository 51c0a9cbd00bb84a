/**
 * The heaviest names of each kind, by hour and by day. What comes in is counted in memory and written a little later, a row per
 * kind and stretch; a name costs no row. Nothing is stored as long as nothing was ever counted.
 */
import * as z from "zod";
import {
  DEMAND_KINDS,
  type DemandAnswer,
  type DemandDelta,
  type DemandKind,
  type DemandQuery,
  type DemandRankingQuery,
  type Tally,
} from "../../domain/demand";
import { REPORT_INTERVALS, stretchStart, type ReportInterval } from "../../domain/report";
import { DEMAND_GRAINS, MAX_DEMAND_NAMES } from "../../limits/reports";
import { HeavyHitters } from "../../telemetry/heavy-hitters";
import { migrate, schemaVersion } from "../storage/migrations";

/** Append-only. */
const DEMAND_MIGRATIONS = [
  `CREATE TABLE counts (
    kind TEXT NOT NULL,
    grain_ms INTEGER NOT NULL,
    start_ms INTEGER NOT NULL,
    -- JSON of the counters
    body TEXT NOT NULL,
    PRIMARY KEY (kind, grain_ms, start_ms)
  ) STRICT, WITHOUT ROWID;`,
] as const;

const SQL = {
  put: "INSERT INTO counts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
  get: "SELECT body FROM counts WHERE kind = ? AND grain_ms = ? AND start_ms = ?",
  range:
    "SELECT start_ms, body FROM counts WHERE kind = ? AND grain_ms = ? AND start_ms >= ? AND start_ms < ?",
  drop: "DELETE FROM counts WHERE kind = ? AND grain_ms = ? AND start_ms < ?",
} as const;

const storedSchema = z.object({
  counters: z.array(z.tuple([z.string(), z.number(), z.number(), z.number()])),
  lost: z.number(),
});

interface Stretch {
  kind: DemandKind;
  interval: ReportInterval;
  startMs: number;
  hitters: HeavyHitters;
  /** It is not stored as it is now. */
  changed: boolean;
}

export class DemandCounts {
  /** Those that are counted in, or wait to be stored. */
  readonly #stretchByKey = new Map<string, Stretch>();

  constructor(private readonly storage: DurableObjectStorage) {}

  add(deltas: readonly DemandDelta[], nowMs: number): void {
    for (const { kind, tallies, lost } of deltas) {
      for (const interval of REPORT_INTERVALS) {
        const stretch = this.#stretch(kind, interval, nowMs);
        for (const tally of tallies) stretch.hitters.add(tally);
        stretch.hitters.lose(lost);
        stretch.changed = true;
      }
    }
  }

  /** Stores what has changed, and drops what is past its age. */
  write(nowMs: number): void {
    const { sql } = this.storage;
    this.storage.transactionSync(() => {
      migrate(sql, DEMAND_MIGRATIONS);
      for (const { kind, interval, startMs, hitters, changed } of this.#stretchByKey.values()) {
        const body = JSON.stringify(hitters.stored());
        if (changed) sql.exec(SQL.put, kind, DEMAND_GRAINS[interval].grainMs, startMs, body);
      }
      for (const kind of DEMAND_KINDS) {
        for (const interval of REPORT_INTERVALS) {
          const { grainMs, keptMs } = DEMAND_GRAINS[interval];
          sql.exec(SQL.drop, kind, grainMs, nowMs - keptMs - grainMs);
        }
      }
    });
    for (const [key, stretch] of this.#stretchByKey) {
      stretch.changed = false;
      if (stretch.startMs < stretchStart(nowMs, stretch.interval)) this.#stretchByKey.delete(key);
    }
  }

  ranking({ by, atLeast, after, limit, ...query }: DemandRankingQuery): DemandAnswer {
    const { tallies, maximumError } = this.#read(query);
    const isAfter = (tally: Tally) =>
      after === undefined ||
      tally[by] < after.value ||
      (tally[by] === after.value && tally.name > after.name);
    const ranked = tallies
      .filter((tally) => tally[by] >= atLeast && isAfter(tally))
      .sort((a, b) => b[by] - a[by] || (a.name < b.name ? -1 : 1));
    return { tallies: ranked.slice(0, limit), maximumError };
  }

  /** Of these names, those that are known. */
  named(query: DemandQuery, names: readonly string[]): DemandAnswer {
    const { tallies, maximumError } = this.#read(query);
    const wanted = new Set(names);
    return { tallies: tallies.filter(({ name }) => wanted.has(name)), maximumError };
  }

  /** All that is known, over the whole span. */
  #read({ kind, span }: DemandQuery): DemandAnswer {
    const tallyByName = new Map<string, Tally>();
    let maximumError = 0;
    for (const hitters of this.#hittersIn({ kind, span })) {
      maximumError += hitters.maximumError;
      for (const tally of hitters.tallies()) {
        const known = tallyByName.get(tally.name);
        if (known) {
          known.count += tally.count;
          known.units += tally.units;
        } else tallyByName.set(tally.name, tally);
      }
    }
    return { tallies: [...tallyByName.values()], maximumError };
  }

  *#hittersIn({ kind, span }: DemandQuery): Generator<HeavyHitters> {
    const { interval, fromMs, toMs } = span;
    const inMemory = new Set<number>();
    for (const stretch of this.#stretchByKey.values()) {
      const { startMs } = stretch;
      if (stretch.kind !== kind || stretch.interval !== interval || startMs < fromMs || startMs >= toMs)
        continue;
      inMemory.add(startMs);
      yield stretch.hitters;
    }
    const { sql } = this.storage;
    if (schemaVersion(sql) === 0) return;
    const { grainMs } = DEMAND_GRAINS[interval];
    for (const row of sql.exec<{ start_ms: number; body: string }>(SQL.range, kind, grainMs, fromMs, toMs)) {
      if (!inMemory.has(row.start_ms)) yield hittersOf(row.body);
    }
  }

  #stretch(kind: DemandKind, interval: ReportInterval, nowMs: number): Stretch {
    const startMs = stretchStart(nowMs, interval);
    const key = `${kind} ${interval} ${startMs}`;
    const known = this.#stretchByKey.get(key);
    if (known) return known;
    const stretch = {
      kind,
      interval,
      startMs,
      hitters: this.#stored(kind, interval, startMs),
      changed: false,
    };
    this.#stretchByKey.set(key, stretch);
    return stretch;
  }

  #stored(kind: DemandKind, interval: ReportInterval, startMs: number): HeavyHitters {
    const { sql } = this.storage;
    if (schemaVersion(sql) === 0) return new HeavyHitters(MAX_DEMAND_NAMES);
    const { grainMs } = DEMAND_GRAINS[interval];
    const [row] = sql.exec<{ body: string }>(SQL.get, kind, grainMs, startMs).toArray();
    return row ? hittersOf(row.body) : new HeavyHitters(MAX_DEMAND_NAMES);
  }
}

function hittersOf(body: string): HeavyHitters {
  return new HeavyHitters(MAX_DEMAND_NAMES, storedSchema.parse(JSON.parse(body)));
}
