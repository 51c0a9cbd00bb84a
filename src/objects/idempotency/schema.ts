/** The tables of an idempotency key's object, as append-only steps. */

export const IDEMPOTENCY_MIGRATIONS = [
  // Without a status the request has no answer yet. The body is cut, since a row holds 2 MB.
  `
  CREATE TABLE request (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    fingerprint TEXT NOT NULL,
    status INTEGER,
    headers TEXT,
    has_body INTEGER
  ) STRICT;
  CREATE TABLE body (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  `,
] as const;
