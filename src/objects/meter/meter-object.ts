/**
 * Adds up what all isolates measure, and counts the book's events: both durable, each counted once. It sits in nobody's way:
 * whoever flushes is answered when that is written, and waits for it beside the requests. What is measured again and again
 * (gauges) it keeps for a few minutes, by who has measured it.
 */
import { DurableObject } from "cloudflare:workers";
import { sumEvents } from "../../d1/event-sums";
import * as limits from "../../limits/metrics";
import type { Flush } from "../../telemetry/meter-buffer";
import { zeroSeries, type Measurements } from "../../telemetry/series";
import { withTimeout } from "../../timeout";
import { Pump, type More } from "../flow/pump";
import { migrate, schemaVersion } from "../storage/migrations";
import { bookCounts, measuredInBook, NOTHING_COUNTED, withEvents, type BookCounts } from "./book-counts";
import { Gauges, type Gauge } from "./gauges";
import { Totals, type Documents } from "./totals";

/** Append-only. Few rows, since each that is written is billed: JSON by its name. */
const METER_MIGRATIONS = [
  "CREATE TABLE documents (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;",
] as const;

const [STARTED, BOOK, GAUGES] = ["#started", "#book", "#gauges"];

export interface MeterSnapshot extends Measurements {
  /** Since when it is counted. */
  startedAtMs: number;
}

export class MeterObject extends DurableObject<Env> {
  readonly #totals: Totals;
  readonly #gauges: Gauges;
  readonly #startedAtMs: number;
  #book: BookCounts;
  readonly #writes = new Pump({ gatherMs: limits.METER_WRITE_MS, pass: () => this.#write() });
  readonly #bookReads = new Pump({
    gatherMs: limits.METER_BOOK_GATHER_MS,
    pass: () => this.#countEvents(),
  });

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const {
      [STARTED]: started,
      [BOOK]: book,
      [GAUGES]: gauges,
      ...rest
    } = Object.fromEntries(this.#stored());
    this.#startedAtMs = started === undefined ? Date.now() : Number(started);
    this.#book = book === undefined ? NOTHING_COUNTED : bookCounts.parse(JSON.parse(book));
    this.#gauges = new Gauges(gauges);
    this.#totals = new Totals(new Map(Object.entries(rest)));
  }

  /** Resolves when it is kept. Sent again it counts once. */
  async add(flush: Flush): Promise<void> {
    this.#totals.add(flush, Date.now());
    this.#writes.wake();
    // Something was done, so there may be events.
    this.#bookReads.wake();
    await this.#writes.settled();
    if (this.#writes.retryAt !== null) throw new Error("not written");
  }

  /** What somebody has measured, instead of what it had before. */
  measured(reporter: string, gauges: Gauge[]): void {
    this.#gauges.set(reporter, gauges, Date.now());
    this.#writes.wake();
  }

  /** The minute job: events are counted though nobody has flushed. */
  check(): void {
    this.#bookReads.wake(0);
  }

  /** Everything of now; the book's events as far as they can be read within a moment. */
  async snapshot(): Promise<MeterSnapshot> {
    const counted = this.#bookReads.run();
    await withTimeout(counted, limits.METER_BOOK_WAIT_MS, "book").catch(() => undefined);
    const [totals, book] = [this.#totals.all(), measuredInBook(this.#book)];
    const zeros = Object.fromEntries(zeroSeries().map((key) => [key, 0]));
    const gauges = Object.fromEntries(this.#gauges.all(Date.now()));
    return {
      startedAtMs: this.#startedAtMs,
      numbers: { ...zeros, ...totals.numbers, ...book.numbers, ...gauges },
      distributions: { ...totals.distributions, ...book.distributions },
    };
  }

  async #countEvents(): Promise<More> {
    const wanted = { after: this.#book.offset, limit: limits.METER_BOOK_EVENTS };
    const sums = await sumEvents(this.env.BOOK, wanted);
    if (sums.offset !== wanted.after || sums.newest !== this.#book.newest) {
      this.#book = withEvents(this.#book, sums);
      this.#put(new Map([[BOOK, JSON.stringify(this.#book)]]));
    }
    return sums.offset < sums.newest ? 0 : undefined;
  }

  #write(): More {
    const documents = this.#totals.changed();
    const gauges = this.#gauges.changed();
    if (gauges !== undefined) documents.set(GAUGES, gauges);
    this.#put(documents);
    this.#totals.written();
    this.#gauges.written();
    return undefined;
  }

  #put(documents: Documents): void {
    const { sql } = this.ctx.storage;
    this.ctx.storage.transactionSync(() => {
      if (schemaVersion(sql) === 0) documents.set(STARTED, String(this.#startedAtMs));
      migrate(sql, METER_MIGRATIONS);
      for (const [name, body] of documents)
        sql.exec("INSERT OR REPLACE INTO documents VALUES (?, ?)", name, body);
    });
  }

  #stored(): Documents {
    const { sql } = this.ctx.storage;
    if (schemaVersion(sql) === 0) return new Map();
    const rows = sql.exec<{ name: string; body: string }>("SELECT name, body FROM documents").toArray();
    return new Map(rows.map(({ name, body }) => [name, body]));
  }
}
