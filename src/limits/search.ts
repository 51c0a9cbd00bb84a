/** What bounds searches and the search index. */

/** Words of a search that are looked for; the rest of a longer one is not. */
export const MAX_QUERY_WORDS = 12;
export const MAX_WORD_CHARS = 64;
/** Characters of a description that can be found. */
export const MAX_INDEXED_DESCRIPTION_CHARS = 2000;
/** So many matches are sorted; of more, the order that is asked for is gone through until a page is full. */
export const MAX_SORTED_MATCHES = 2000;
/** So many matches at a time are put in order of relevance. */
export const RELEVANCE_BLOCK_MATCHES = 4000;
/** Misspelt words of a search that are corrected, and what each may have meant. */
export const MAX_CORRECTED_WORDS = 4;
export const MAX_CORRECTIONS = 3;
export const MAX_FACETS = 10;
export const MAX_FACET_VALUES = 100;
/** Matches that facets are counted over. */
export const MAX_FACET_MATCHES = 100_000;
/** The indexer: what it carries at a time, how long a catalog mutation waits for it, and how soon it follows other changes. */
export const INDEX_PAGE_ROWS = 250;
export const INDEX_PAUSE_MS = 10;
export const INDEX_WAIT_MS = 2000;
export const INDEX_SPACING_MS = 200;
export const INDEX_CALL_TIMEOUT_MS = 15_000;
/** The search index is asked again whether it is whole after this long. */
export const INDEX_STATE_MS = 1000;
/** A rebuilding goes on by alarm after a crash. */
export const REBUILD_ALARM_MS = 5000;
