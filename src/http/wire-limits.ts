/** Bounds of what the wire takes that only `http/` needs. */
import { MAX_COMMANDS_PER_CALL } from "../limits";

export const MAX_NAME_CHARS = 500;
export const MAX_DESCRIPTION_CHARS = 10_000;
export const MAX_URL_CHARS = 2048;
export const MAX_BARCODE_CHARS = 64;
export const MAX_REASON_CHARS = 500;
export const MAX_REFERENCE_CHARS = 200;
export const MAX_CUSTOMER_ID_CHARS = 128;
export const MAX_TAGS = 50;
export const MAX_TAG_CHARS = 64;
export const MAX_ATTRIBUTES = 100;
export const MAX_ATTRIBUTE_CHARS = 1000;
/** Of one validation answer: so many errors, and of a name or message so much. */
export const MAX_ERRORS_SHOWN = 50;
export const MAX_ERROR_CHARS = 100;
/** One of a search carries what its words may mean. */
export const MAX_CURSOR_CHARS = 8192;
export const MAX_LOCATIONS_NAMED = 50;
export const MAX_ORDER_LINES = 50;
export const MAX_UPDATES = 100;
/** All may be of one product, whose object takes no more in one call. */
export const MAX_BULK_OPERATIONS = MAX_COMMANDS_PER_CALL;
export const MAX_ADMIN_ROWS = 100;
export const MAX_RESERVATIONS_RESOLVED = 50;
/** Products of one export that are in memory at a time. */
export const EXPORT_PAGE_ROWS = 500;
export const MAX_WEBHOOK_PRODUCTS = 100;
/** Of what is searched for; the words after the first few are not looked at. */
export const MAX_QUERY_CHARS = 4096;
export const KEY_SECRET_BYTES = 32;
export const MAX_KEY_ORIGINS = 20;
export const MAX_KEY_OVERLAP_SECONDS = 30 * 24 * 3600;
export const LIVE_TICKET_MS = 60_000;
/** A browser asks no more often whether a page of another origin may call. */
export const CORS_MAX_AGE_SECONDS = 3600;
