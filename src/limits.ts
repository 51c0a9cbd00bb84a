/** Every number that bounds Holdfast, with its unit. Nothing else in the code carries a bare limit. */

export const MAX_QUANTITY = 1_000_000_000;
export const MAX_BODY_BYTES = 1024 * 1024;
export const MAX_IMPORT_BYTES = 25 * 1024 * 1024;
export const MAX_IMPORT_ROW_BYTES = 64 * 1024;
/** Objects and arrays inside each other, in an element of a JSON array. */
export const MAX_IMPORT_ROW_DEPTH = 16;
/** The rest of a longer import is not read. */
export const MAX_IMPORT_ROWS = 100_000;
export const MAX_IDEMPOTENCY_KEY_CHARS = 255;
/** A shorter key can be guessed; it is taken in development only. */
export const MIN_API_KEY_CHARS = 24;
/** Free JSON: objects and arrays inside each other, and its length as JSON. */
export const MAX_METADATA_DEPTH = 8;
export const MAX_METADATA_BYTES = 4096;
/** A request under a key that has not ended by then is thought dead: the same request goes on when it comes again. */
export const IDEMPOTENCY_ATTEMPT_MS = 30_000;
/** How long the same request waits for the one that runs. */
export const IDEMPOTENCY_WAIT_MS = 40_000;
export const IDEMPOTENCY_CALL_TIMEOUT_MS = 45_000;
/** A row of an object's table holds 2 MB. */
export const MAX_ANSWER_CHUNK_BYTES = 1_500_000;

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 100;
export const DEFAULT_EVENT_PAGE_SIZE = 100;
export const MAX_EVENT_PAGE_SIZE = 1000;
/**
 * A query whose filter has no index looks at so many rows, and the next page goes on from there: no more than take half as long
 * again as the query itself.
 */
export const SCAN_WINDOW_PRODUCTS = 700;
export const SCAN_WINDOW_LOW_PRODUCTS = 300;
export const SCAN_WINDOW_RESERVATIONS = 2000;
/** Of an order or a customer: they lie apart. */
export const SCAN_WINDOW_RESERVATIONS_OF = 1000;
export const SCAN_WINDOW_EVENTS = 1000;
/** Followers of the log have time. */
export const FOLLOW_WINDOW_EVENTS = 10_000;
/** Products in a range of prices or times: so few are put in another order. */
export const MAX_SORTED_PRODUCTS = 1000;

export const DEFAULT_HOLD_TTL_SECONDS = 900;
export const MAX_HOLD_TTL_SECONDS = 604_800;
export const MAX_HOLD_EXTENSIONS = 10;
/** A shopper's hold, with all it was handed over from, lives no longer than this. */
export const MAX_HOLD_CHAIN_MS = 30 * 24 * 3_600_000;
export const MAX_HOLDS_NAMED = 20;

/** Commands one call of an object may carry. */
export const MAX_COMMANDS_PER_CALL = 500;
/** Commands that may wait in one object before it refuses new ones. */
export const MAX_QUEUED_COMMANDS = 20_000;
/** Zero-delay ticks a batch may wait for neighbours, as long as each brings some. */
export const MAX_GATHER_TICKS = 8;
/** Holds swept per batch, so that a batch stays short however many fall due together. */
export const MAX_EXPIRED_PER_BATCH = 500;
/** Holds are exact at every read; the alarm that writes their events runs at most this often. */
export const EXPIRY_ALARM_SPACING_MS = 1000;

/** Events go to the book this long after the first that waits, so that neighbours share the batch. */
export const DRAIN_DELAY_MS = 70;
/** Entries a second: above `most` a ledger asks its senders to gather longer and send more at once, below `few` less long. */
export const DRAIN_RATE = { most: 450, few: 340, windowMs: 500 } as const;
export const MAX_DRAIN_DELAY_MS = 1000;
/** Who has sent nothing for longer has nothing to gather. */
export const DRAIN_DELAY_KEPT_MS = 2000;
/** The alarm that drains after a crash: a drain that works is long done by then. */
export const DRAIN_ALARM_MS = 5000;
export const DRAIN_BACKOFF = { minMs: 500, maxMs: 30_000, spread: [0.5, 1.5] } as const;
export const MAX_EVENTS_PER_DRAIN = 500;
/** Events of one command stand together in a journal row, unless there are more than this. */
export const MAX_EVENTS_PER_JOURNAL_ROW = 200;
/** Journal rows kept in memory on their way to the book; past this they are read back. */
export const MAX_JOURNAL_TAIL_BYTES = 1024 * 1024;
export const MAX_DRAIN_BYTES = 512 * 1024;
/** How long a catalog mutation waits for the book before it answers anyway. */
export const BOOK_WAIT_MS = 5000;
export const LEDGER_CALL_TIMEOUT_MS = 15_000;

/** D1 takes one batch at a time: more ledgers than this only make them smaller. */
export const MAX_LEDGER_SHARDS = 64;
/** One D1 batch of a ledger. A bound value may have 2 MB. */
export const MAX_LEDGER_BATCH_BYTES = 1024 * 1024;
/** A ledger waits this long for neighbours before each batch: fewer, larger batches. */
export const LEDGER_GATHER_MS = 50;
export const MAX_LEDGER_BATCH_PRODUCTS = 500;
export const MAX_LEDGER_WAITING = 20_000;
/** Entries that were refused before and are now sent in parts: so many go between two ordinary batches. */
export const MAX_CAREFUL_ENTRIES_PER_BATCH = 20;
/** After something that D1 cannot read the ledger reads everything itself before it sends it, for so long. */
export const LEDGER_SCREENING_MS = 60_000;
/** After an outage a ledger asks one of those it turned away this often to try again; when that works, all others at once. */
export const LEDGER_PROBE_MS = 1000;
export const MAX_TURNED_AWAY = 20_000;
export const RECALL_CONCURRENCY = 32;
export const RECALL_TIMEOUT_MS = 10_000;
export const D1_TIMEOUT_MS = 10_000;
/** A book that is not migrated is looked at again this often. */
export const BOOK_SCHEMA_RECHECK_MS = 1000;
/** The first look at the book may keep `/health` waiting this long. */
export const HEALTH_LOOK_TIMEOUT_MS = 500;

/** KV takes one write a second per key; a newer entry replaces one that waits. */
export const KV_WRITE_SPACING_MS = 1000;
export const KV_BACKOFF = { minMs: 2000, maxMs: 30_000, spread: [0.75, 1.25] } as const;
/** A put that is given up may still land: once it has settled, the newest entry is put again. */
export const KV_TIMEOUT_MS = 30_000;
/** How long a catalog mutation waits for KV, once the book has it. */
export const KV_WAIT_MS = 2000;
export const KV_CACHE_TTL_SECONDS = 60;
/** Catalog entries that an isolate has just read: for how long, and how many (twice as many for a moment); not the large ones. */
export const ENTRY_MEMORY_MS = 1000;
export const ENTRY_MEMORY_ENTRIES = 1000;
export const MAX_REMEMBERED_ENTRY_CHARS = 8192;
export const NEGATIVE_CACHE_SECONDS = 5;

/** Bringing stock somewhere asks a list of locations no older than this, which is so read at most about once in that time. */
export const LOCATIONS_FRESH_MS = 1000;
/** A reserve waits for a new list only when its own is older than this. A book that is away is left alone for as long. */
export const LOCATIONS_CACHE_MS = 10_000;
/** A first reserve waits no longer than this to learn the order of locations. */
export const LOCATIONS_WAIT_MS = 1000;
/** A book that takes longer than this to list them is away. */
export const LOCATIONS_TIMEOUT_MS = 5000;

/** What a list of locations allowed is decided within this time after the list was asked for, or not at all. */
export const ARRIVAL_WINDOW_MS = 2000;
/** An object that is reached too late for that is asked so often, each time with a new list. */
export const PLACES_TRIES = 3;
/** A location that is closed to be deleted waits that long and this much more, since clocks differ. */
export const CLOCK_SKEW_MS = 250;
export const MAX_LOCATION_PRIORITY = 1_000_000;
/** A deletion that has come to no end by then never will: the location is open again. */
export const LOCATION_CLOSED_MS = 60_000;
export const MAX_PRODUCTS_NAMED = 20;

/** Acknowledged journal rows older than the key retention are pruned this many at a time. */
export const MAX_PRUNED_PER_RUN = 1000;
/** A run that found nothing to prune looks again after this long. */
export const PRUNE_SPACING_MS = 24 * 3_600_000;
/** Resolved reservations stay in their object (where they can be returned) this long; then only the book has them. */
export const RESOLVED_RETENTION_MS = 365 * 24 * 3600 * 1000;

export const IMPORT_CONCURRENCY = 64;
/** Products that one batch speaks to at a time. */
export const BATCH_CONCURRENCY = 32;
/** A batch that names more products than this asks the book which of them there are. */
export const MAX_PRODUCTS_NOT_LOOKED_UP = 10;
/** Products unknown to the book that are asked themselves before the book is believed. */
export const UNKNOWN_PRODUCTS_ASKED = 10;
/** A product that takes longer than this (waiting for the book included) fails its rows of a batch, not the others'. */
export const BATCH_CALL_TIMEOUT_MS = 15_000;

/** The minute job looks at one slice of the products and wakes at most this many objects. */
export const SWEEP_SLICE_ROWS = 10_000;
export const SWEEP_MAX_WAKES = 200;
export const SWEEP_SAMPLE = 20;
export const SWEEP_CONCURRENCY = 6;

/** Subscribers of a product's levels get changes at most this often; the last state always arrives. */
export const LEVEL_SPACING_MS = 50;
/** Followers of the book (hubs, webhooks) are notified that it has grown at most this often. */
export const LOG_GROWTH_SPACING_MS = 50;
export const WATCHER_TIMEOUT_MS = 10_000;
/** Whoever cannot be notified is tried again this soon, then at doubling intervals, this often; then at the next change. */
export const WATCHER_BACKOFF = { minMs: 100, maxMs: 10_000, spread: [0.75, 1.25] } as const;
export const WATCHER_MAX_FAILURES = 8;
/** Stretches of the log in which a follower wants nothing, as a ledger remembers them: two minutes of several busy ledgers. */
export const MAX_STRETCHES_KEPT = 1000;

/** A pass that fails of which nothing else is said. */
export const PASS_BACKOFF = { minMs: 1000, maxMs: 60_000, spread: [0.75, 1.25] } as const;

/** A hold whose order is being confirmed lives at least this long: far longer than its coordinator may be away. */
export const ORDER_PIN_SECONDS = 3600;
export const ORDER_CALL_TIMEOUT_MS = 10_000;
/** A caller waits this long for an order; it comes to its end in any case. */
export const ORDER_ANSWER_TIMEOUT_MS = 25_000;
/** A step is tried this often at once, and then by the alarm, ever more seldom. */
export const ORDER_STEP_TRIES = 2;
/** The alarm that goes on with an order after a crash. */
export const ORDER_ALARM_MS = 2000;
export const ORDER_BACKOFF = { minMs: 4000, maxMs: 60_000, spread: [1, 1] } as const;
/** The book knows of a hold some 300 ms after it was made. */
export const BOOK_DELAY_MS = 500;
/** More are resolved by their ids. */
export const MAX_ORDER_HOLDS = 2000;
export const ORDER_INDEX_SHARDS = 4;
/** What one shard of the order index remembers, and for how long at least, unless there is more. */
export const ORDER_INDEX_MAX_HOLDS = 100_000;
export const ORDER_INDEX_KEEP_MS = 600_000;
/** A shard that started less than this ago may have forgotten holds that the book does not have yet. */
export const ORDER_INDEX_WARM_MS = 1000;
/** A shard in use says so in its one row this often; one that said nothing for so long has nothing that the book has not. */
export const ORDER_INDEX_USE_SPACING_MS = 5000;
export const ORDER_INDEX_QUIET_MS = 15_000;
export const ORDER_INDEX_READ_TIMEOUT_MS = 1000;
/** A reserve waits for the call before its own, and for its own. */
export const ORDER_INDEX_WRITE_TIMEOUT_MS = 500;
/** Holds of one product that wait to be indexed, and that are indexed again after a restart; of more, the newest. */
export const MAX_HOLDS_TO_INDEX = 10_000;
/** The text of one row of an order's object. A row may have 2 MB, a character three bytes. */
export const MAX_ORDER_ROW_CHARS = 500_000;
/** A verification replays at most so many of a product's newest events, and reads so many of its newest reservations. */
export const MAX_REPLAYED_EVENTS = 50_000;
export const MAX_REPLAYED_RESERVATIONS = 20_000;
export const REPLAY_PAGE_EVENTS = 500;
/** Active holds an object names to the verifier; of more only the number and the sums. */
export const MAX_AUDITED_HOLDS = 5000;
/** Events set aside that an object names to the verifier; of more only the number. */
export const MAX_SET_ASIDE_TOLD = 100;
/** Batches that sweep what is overdue before an object answers the verifier. */
export const MAX_SWEEPS_PER_AUDIT = 200;
/** An object asked for its truth carries its events to the book first. */
export const AUDIT_TIMEOUT_MS = 20_000;
/** Events on their way to the book are waited for so often, with this pause. */
export const VERIFY_TRIES = 3;
export const VERIFY_PAUSE_MS = 200;
export const MAX_DIFFERENCES_LISTED = 200;
export const DEFAULT_VERIFY_PAGE = 25;
export const VERIFY_CONCURRENCY = 4;

/** Reservations that a repair of the book looks at and writes at a time. */
export const REPROJECTION_PAGE_ROWS = 500;
export const MAX_REPAIRED_ROWS_SEEN = 1000;
/** How long a caller waits for a repair; it goes on after that. */
export const REPROJECTION_WAIT_MS = 60_000;

/** The minute job drops at most so many events for their age, in steps of so many. */
export const RETENTION_STEP_EVENTS = 5000;
export const RETENTION_MAX_STEPS = 20;
/** Lagging products the minute job verifies, and products the hourly job verifies, round and round. */
export const MAX_LAGGING_VERIFIED = 20;
export const VERIFY_SAMPLE = 200;
/** Webhooks there may be: each is a follower that the ledger notifies. */
export const MAX_WEBHOOKS = 100;
/** An id whose webhook was never made (its maker crashed) may be cleaned away after this long. */
export const WEBHOOK_ABANDONED_MS = 600_000;
export const WEBHOOK_CALL_TIMEOUT_MS = 15_000;
/** One attempt, from the first byte out to the status line in. */
export const WEBHOOK_ATTEMPT_TIMEOUT_MS = 10_000;
/** `maxMs` bounds `Retry-After` too. */
export const WEBHOOK_BACKOFF = { minMs: 1000, maxMs: 3_600_000, spread: [0.8, 1] } as const;
/** Attempts of one event, one after the other, before its webhook is disabled: some three hours. */
export const WEBHOOK_MAX_FAILURES = 15;
/** An active webhook looks by itself this often whether the book has more. */
export const WEBHOOK_CHECK_MS = 60_000;
/** How long an alarm waits for the deliveries that it has begun; they go on after that. */
export const WEBHOOK_ALARM_WAIT_MS = 60_000;
export const WEBHOOK_PAGE_EVENTS = 100;
/** The end of the log is read no more often than this: neighbours share a read. */
export const WEBHOOK_READ_SPACING_MS = 200;
export const WEBHOOK_READ_BACKOFF = { minMs: 5000, maxMs: 5000, spread: [1, 1] } as const;
export const MAX_DELIVERIES_KEPT = 1000;
export const MAX_DELIVERY_ERROR_CHARS = 200;
/** Standard Webhooks: 24 to 64 bytes. */
export const WEBHOOK_SECRET_BYTES = 32;
export const MIN_WEBHOOK_SECRET_BYTES = 24;
export const MAX_WEBHOOK_SECRET_BYTES = 64;
/** A secret that was replaced goes on signing this long beside the new one; of several, the newest few. */
export const WEBHOOK_SECRET_OVERLAP_MS = 24 * 3_600_000;
export const MAX_WEBHOOK_SECRETS = 4;
/** Products one listener may be subscribed to; with their versions they fit the 16 KiB a hibernating socket may keep. */
export const MAX_PRODUCTS_PER_LISTENER = 200;
/** A hub shard takes this many listeners to levels, followers of the book and waiting polls; then its children do. */
export const HUB_MAX_LISTENERS = 2000;
export const HUB_MAX_FOLLOWERS = 500;
export const HUB_MAX_POLLS = 2000;
/** Shards have two children each: 16 generations are more than anyone has listeners for. */
export const HUB_MAX_DEPTH = 16;
export const HUB_CALL_TIMEOUT_MS = 15_000;
// A send costs 20 to 35 us of a thread. The levels of one product may take a twelfth of it, however many subscribe; those of
// all products together a third; events, which must all go, a little more.
export const HUB_BROADCAST_SPACING_US_PER_LISTENER = 600;
export const HUB_LEVEL_SPACING_US_PER_SEND = 100;
export const HUB_EVENT_SPACING_US_PER_SEND = 80;
/** Many are sent to in slices, so that a thread that serves others as well is never kept longer than some 3 ms. */
export const HUB_SLICE = { size: 100, pauseMs: 1 } as const;
/** Sending may run ahead of that spacing by this much, so that the first update of a product goes at once. */
export const HUB_BURST_MS = 800;
export const HUB_PACE_TICK_MS = 10;
/** What a stream's reader may leave unread before it is cut off, and how long it then has to read why. */
export const HUB_MAX_BUFFERED_BYTES = 1024 * 1024;
/** A socket that was sent this much since it last said anything gets no more of what can wait. */
export const HUB_MAX_UNHEARD_BYTES = 16 * 1024 * 1024;
export const HUB_CUT_PATIENCE_MS = 10_000;
/** A follower that takes no more is looked at this often, and may stand still this long before it is cut off. */
export const HUB_STANDING_LOOK_MS = 250;
export const HUB_STANDING_PATIENCE_MS = 60_000;
export const HUB_HEARTBEAT_MS = 15_000;
export const HUB_MAX_MESSAGE_BYTES = 16 * 1024;
/** More messages of one socket are not heard; this many times more, and it is cut off. */
export const HUB_MAX_MESSAGES_PER_SECOND = 50;
export const HUB_FLOOD_FACTOR = 10;
/** Products that one socket may name in a second, subscribing. */
export const HUB_MAX_NAMES_PER_SECOND = 400;
/** The book may get to know a new product this much later. While it cannot say, so many unknown ones are asked at a time. */
export const HUB_UNKNOWN_RETRY_MS = 1000;
export const HUB_UNKNOWN_CONCURRENCY = 4;
/** What sockets were sent is written to them this much later: long before an idle object sleeps (10 s). */
export const HUB_REMEMBER_MS = 500;
export const HUB_WATCH_TRIES = 3;
export const HUB_WATCH_CONCURRENCY = 20;
/** Products a shard has not heard of for this long are asked, at most so many at a time: that mends updates that were lost. */
export const HUB_LEVEL_CHECK_MS = 300_000;
export const HUB_MAX_LEVELS_CHECKED = 500;
/** Followers look at the book this often even when nobody notified them. */
export const HUB_BOOK_CHECK_MS = 20_000;
/** The newest events of the book that a shard keeps in memory. */
export const HUB_TAIL_EVENTS = 5000;
export const HUB_TAIL_BYTES = 4 * 1024 * 1024;
export const HUB_PAGE_EVENTS = 200;
export const HUB_CATCH_UP_READS = 4;
export const HUB_BACKOFF = { minMs: 250, maxMs: 10_000, spread: [0.75, 1.25] } as const;

export const MAX_POLL_SECONDS = 60;
/** A hub that has not answered a poll this long after its time is not waited for. */
export const POLL_GRACE_MS = 2000;

/** `/health/detailed`: how long one part may take to answer, and for how long an isolate answers the same report. */
export const HEALTH_PART_TIMEOUT_MS = 2000;
export const HEALTH_REPORT_FRESH_MS = 5000;
