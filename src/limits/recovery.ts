/** What bounds recovering the book and the objects from each other. */

/** How far above the last offset it has seen a ledger goes on when the book has fallen back: more than can be on the way unseen. */
export const LOG_RESUME_OFFSETS = 100_000;
/** A ledger writes down at most this often how far the log has come, and by the hour for this many hours. */
export const LOG_MARK_SPACING_MS = 1000;
export const LOG_MARK_HOURS = 48;
/** With several ledgers: one that has committed nothing for this long asks the others first how far the log has come. */
export const LOG_MARK_FRESH_MS = 1000;
/** Product ids that a recovery takes from a list at a time, and products that are rebuilt in one step, some at once. */
export const RECOVERY_LIST_ROWS = 1000;
export const RECOVERY_STEP_PRODUCTS = 256;
export const RECOVERY_CONCURRENCY = 64;
/** Between two steps, so that others have their turn; a recovery goes on by alarm after a crash. */
export const RECOVERY_PAUSE_MS = 10;
export const RECOVERY_ALARM_MS = 5000;
/** A product that fails is tried this often, then named. */
export const RECOVERY_TRIES = 3;
export const RECOVERY_CALL_TIMEOUT_MS = 15_000;
/** Of products that could not be rebuilt so many are named. */
export const MAX_FAILURES_NAMED = 100;
/** Product ids in one request. */
export const MAX_RECOVERED_IDS = 10_000;

/**
 * The versions that a product leaves out when its object is restored from the book: more than events can have been lost, whose
 * versions callers may have seen.
 */
export const RESTORED_VERSION_GAP = 10_000;
/** Of a lost object: all holds, and of reservations that have ended the newest. */
export const MAX_RESTORED_RESERVATIONS = 20_000;
export const RESTORE_PAGE_ROWS = 1000;
export const RESTORE_WAIT_MS = 60_000;
