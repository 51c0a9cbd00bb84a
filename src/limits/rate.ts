/** Requests are counted by the minute of the clock. */
export const RATE_LIMIT_WINDOW_MS = 60_000;
/** Isolates report a client's allowance to the platform's rate limiter in so many equal parts; wrangler.toml has the same number. */
export const RATE_LIMIT_SHARES = 20;
/** Clients that an isolate counts in a minute; of more it forgets those that came first. */
export const MAX_CLIENTS_COUNTED = 20_000;
export const MAX_CLIENTS_SHOWN = 100;
