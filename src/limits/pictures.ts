/** Pictures of products, which are fetched from where a catalog says they are. */

export const PICTURE_TIMEOUT_MS = 5000;
export const MAX_PICTURE_BYTES = 2 * 1024 * 1024;
export const PICTURE_KEPT_SECONDS = 7 * 24 * 3600;
/** Where there was none; whoever asks meanwhile asks nobody outside. */
export const NO_PICTURE_KEPT_SECONDS = 300;
/** In a browser: the address stays the same when the catalog names another picture. */
export const PICTURE_FRESH_SECONDS = 3600;
