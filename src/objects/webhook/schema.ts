/** The tables of a webhook's object, as append-only steps. */

export const WEBHOOK_MIGRATIONS = [
  `
  CREATE TABLE webhook (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    settings TEXT NOT NULL,
    status TEXT NOT NULL,
    disabled_reason TEXT,
    next_offset INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    next_attempt_at INTEGER,
    last_delivered_at INTEGER,
    missed_from INTEGER,
    missed_to INTEGER,
    disablings INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY,
    event_offset INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    http_status INTEGER,
    error TEXT,
    duration_ms INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE announcements (n INTEGER PRIMARY KEY, event TEXT NOT NULL) STRICT;
  CREATE TABLE keys (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
] as const;
