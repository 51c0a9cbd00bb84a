/**
 * Everything that is measured. Labels have few values, whatever is asked for: never an id of a product, an order, a customer or a
 * key. A label's values are listed, or it is `bounded`: they are names that stand in the code (routes, verbs, codes).
 * In the same table stands what is counted here by isolates, what the Meter counts in the book, and what is measured each minute.
 */

type Labels = Readonly<Record<string, readonly string[] | "bounded">>;

interface Described<Kind extends string, L extends Labels> {
  kind: Kind;
  help: string;
  labels: L;
}

export type Histogram<L extends Labels = Labels> = Described<"histogram", L> & { buckets: readonly number[] };

function counter<const L extends Labels = Record<never, never>>(help: string, labels?: L) {
  return described("counter", help, labels);
}

function gauge<const L extends Labels = Record<never, never>>(help: string, labels?: L) {
  return described("gauge", help, labels);
}

function described<Kind extends string, L extends Labels>(
  kind: Kind,
  help: string,
  labels?: L,
): Described<Kind, L> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- left out is a type without labels
  return { kind, help, labels: labels ?? ({} as L) };
}

function histogram<const L extends Labels = Record<never, never>>(
  help: string,
  buckets: readonly number[],
  labels?: L,
): Histogram<L> {
  return { ...described("histogram", help, labels), buckets };
}

/** In seconds, upper bounds. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const LAG_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600];

/** Who asks, by what the key may do. */
export const CLIENTS = ["anonymous", "public", "browser", "storefront", "staff", "admin", "metrics"] as const;
export type Client = (typeof CLIENTS)[number];

const OUTCOMES = ["held", "confirmed", "released", "superseded", "expired", "returned"] as const;
export type ReservationOutcome = (typeof OUTCOMES)[number];

const REQUEST = { method: "bounded", route: "bounded", status: "bounded", client: CLIENTS } as const;
const DONE = ["ok", "failed"] as const;

export const INSTRUMENTS = {
  holdfast_http_requests_total: counter("Requests answered, by the pattern of their route.", REQUEST),
  holdfast_http_request_duration_seconds: histogram(
    "From a request's arrival to its answer's first byte.",
    REQUEST_SECONDS,
    REQUEST,
  ),
  holdfast_http_problems_total: counter("Requests answered with a problem, by its code.", {
    route: "bounded",
    code: "bounded",
  }),
  holdfast_rate_limited_total: counter("Requests refused for their number.", {
    limit: ["ip", "global", "admin", "holds"],
  }),

  holdfast_commands_total: counter(
    "Commands that products decided: `applied`, `unchanged`, `replayed` (its idempotency key was known), or the code of a refusal.",
    { verb: "bounded", outcome: "bounded" },
  ),
  holdfast_rows_written_total: counter("Rows written, as the platform bills them.", {
    store: ["product", "book"],
  }),
  holdfast_book_lag_seconds: histogram(
    "From the commit of a product's event to its commit in the book.",
    LAG_SECONDS,
  ),
  holdfast_book_batches_total: counter("Batches that ledgers sent to the book.", { outcome: DONE }),
  holdfast_entries_set_aside_total: counter("Events that the book refused for what they carry."),
  holdfast_outbox_waiting_entries: gauge("Batches of products' events that wait in ledgers."),
  holdfast_outbox_turned_away: gauge("Senders whose events a ledger could not bring to the book."),
  holdfast_outbox_oldest_seconds: gauge("Age of the oldest event that is known not to be in the book."),
  holdfast_products_lagging: gauge(
    "Of the products woken this minute: those whose events are not all in the book.",
  ),
  holdfast_minute_job_timestamp_seconds: gauge("When the minute job last measured."),

  holdfast_hub_listeners: gauge("Who listens.", { to: ["levels", "events", "polls"] }),
  holdfast_webhook_attempts_total: counter("Deliveries tried.", { outcome: ["delivered", "failed"] }),
  holdfast_webhook_lag_seconds: histogram("From an event to its delivery.", LAG_SECONDS),

  /** Counted where sources are called. */
  holdfast_source_calls_total: counter("Calls of outside sources.", {
    source: ["rebrickable", "coingecko"],
    outcome: ["ok", "failed", "skipped"],
  }),
  holdfast_catalog_reads_total: counter("Single products read, by what answered.", {
    from: ["memory", "kv", "book", "object"],
  }),
  holdfast_search_queries_total: counter("Searches for words.", { outcome: ["found", "nothing", "failed"] }),

  holdfast_products_verified_total: counter("Products compared with the book.", { outcome: DONE }),
  holdfast_verify_differences_total: counter("Differences that verification found."),

  holdfast_reservations_total: counter("Reservations, by what became of them. Exact: from the book.", {
    outcome: OUTCOMES,
  }),
  holdfast_reservation_units_total: counter(
    "Units of these; `confirmed` are those sold. Exact: from the book.",
    { outcome: OUTCOMES },
  ),
  holdfast_stock_moved_units_total: counter("Units that came or went. Exact: from the book.", {
    movement: "bounded",
  }),
  holdfast_events_total: counter("Events of the book. Exact.", { type: "bounded" }),
  holdfast_expiry_lag_seconds: histogram("From a hold's expiry to its event.", LAG_SECONDS),
  holdfast_book_counted_offset: gauge("Up to which offset the book's events are counted here."),
  holdfast_book_newest_offset: gauge("The newest offset of the book when it was last read."),

  holdfast_metrics_flush_failures_total: counter("Flushes that the Meter did not take; they are sent again."),
  holdfast_metrics_dropped_total: counter("Measurements left out: there are too many series."),
  holdfast_otlp_pushes_total: counter("Exports by OTLP.", { outcome: DONE }),
} as const satisfies Record<string, Described<"counter" | "gauge", Labels> | Histogram>;

export type InstrumentName = keyof typeof INSTRUMENTS;

type NamesOf<Kind> = {
  [Name in InstrumentName]: (typeof INSTRUMENTS)[Name]["kind"] extends Kind ? Name : never;
}[InstrumentName];
export type CounterName = NamesOf<"counter">;
export type GaugeName = NamesOf<"gauge">;
export type HistogramName = NamesOf<"histogram">;

/** A value for each label. */
export type LabelsOf<Name extends InstrumentName> = {
  readonly [
    Label in keyof (typeof INSTRUMENTS)[Name]["labels"]
  ]: (typeof INSTRUMENTS)[Name]["labels"][Label] extends readonly (infer Value)[] ? Value : string;
};

export function isInstrument(name: string): name is InstrumentName {
  return Object.hasOwn(INSTRUMENTS, name);
}

/** Upper bounds; none: it is no histogram. */
export function bucketsOf(name: InstrumentName): readonly number[] | undefined {
  const instrument = INSTRUMENTS[name];
  return "buckets" in instrument ? instrument.buckets : undefined;
}
