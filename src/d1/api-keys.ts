/**
 * Managed keys. A row is a secret of a key: rotating a key gives it another, and the row of the old one says until when it
 * works too. Secrets are known by their digests alone. Written by the routes of keys, and by whoever notes that one was used.
 */
import { KEYS_LISTED_MS, MAX_LIVE_KEYS } from "../limits/keys";
import { readPrimary, writePrimary } from "./book";

/** As stored: `scopes` and `origins` are JSON. */
export interface KeyRow {
  digest: string;
  keyId: string;
  name: string;
  kind: string;
  scopes: string;
  origins: string | null;
  createdAtMs: number;
  expiresAtMs: number | null;
  revokedAtMs: number | null;
  lastUsedAtMs: number | null;
  rotatedAtMs: number | null;
}

/** A key, and what else there is of it while it is rotated. */
export interface ListedKey extends KeyRow {
  /** The last of its older secrets works until then; null: none does. */
  olderUntilMs: number | null;
  olderUsedAtMs: number | null;
}

/** One that asks for a secret. */
export interface Asking {
  digest: string;
  now: number;
  /** The credential and idempotency key of the request. */
  request: string | null;
  /** The request began before: a secret that it made then was never answered, and this one takes its place. */
  resumed: boolean;
  /** When it can have begun at the earliest. */
  since: number;
}

const COLUMNS = `digest, key_id AS keyId, name, kind, scopes, origins, created_at_ms AS createdAtMs,
  expires_at_ms AS expiresAtMs, revoked_at_ms AS revokedAtMs, last_used_at_ms AS lastUsedAtMs,
  rotated_at_ms AS rotatedAtMs`;

/** At `?1`. */
const LIVE = "revoked_at_ms IS NULL AND (expires_at_ms IS NULL OR expires_at_ms > ?1)";
const ROOM = `(SELECT COUNT(*) FROM api_keys WHERE ${LIVE}) < ${MAX_LIVE_KEYS}`;
/** `?1` is now, `?2` the digest, `?3` the request. */
const NEW = `NOT EXISTS (SELECT 1 FROM api_keys WHERE digest = ?2) AND ${ROOM}`;

const READ_LIVE = `SELECT ${COLUMNS} FROM api_keys WHERE ${LIVE} LIMIT ${MAX_LIVE_KEYS}`;

const LISTED = `
  SELECT ${COLUMNS},
    (SELECT MAX(older.expires_at_ms) FROM api_keys AS older WHERE older.key_id = api_keys.key_id
      AND older.replaced_at_ms IS NOT NULL AND older.revoked_at_ms IS NULL AND older.expires_at_ms > ?1) AS olderUntilMs,
    (SELECT MAX(older.last_used_at_ms) FROM api_keys AS older WHERE older.key_id = api_keys.key_id
      AND older.replaced_at_ms IS NOT NULL) AS olderUsedAtMs
  FROM api_keys WHERE replaced_at_ms IS NULL`;

const LIST = `${LISTED} AND (created_at_ms, key_id) > (?2, ?3) ORDER BY created_at_ms, key_id LIMIT ?4`;

const FORGET_OLD = `DELETE FROM api_keys
  WHERE MIN(COALESCE(revoked_at_ms, ?1), COALESCE(expires_at_ms, ?1)) <= ?1 - ${KEYS_LISTED_MS}`;

const TAKE_PLACE =
  "UPDATE api_keys SET digest = ?2 WHERE request = ?3 AND MAX(created_at_ms, COALESCE(rotated_at_ms, 0)) > ?1";

const INSERT = `
  INSERT INTO api_keys (digest, request, created_at_ms, key_id, name, kind, scopes, origins, expires_at_ms)
  SELECT ?2, ?3, ?1, ?4, ?5, ?6, ?7, ?8, ?9 WHERE ${NEW}`;

const ROTATE = `
  INSERT INTO api_keys (digest, request, rotated_at_ms, key_id, name, kind, scopes, origins, created_at_ms, expires_at_ms)
  SELECT ?2, ?3, ?1, key_id, name, kind, scopes, origins, created_at_ms, expires_at_ms FROM api_keys
  WHERE key_id = ?4 AND replaced_at_ms IS NULL AND ${LIVE} AND ${NEW}`;

const REPLACE = `
  UPDATE api_keys SET replaced_at_ms = ?1, expires_at_ms = MIN(COALESCE(expires_at_ms, ?4), ?4)
  WHERE key_id = ?3 AND replaced_at_ms IS NULL AND digest <> ?2
    AND EXISTS (SELECT 1 FROM api_keys AS newer WHERE newer.digest = ?2)`;

const REVOKE = "UPDATE api_keys SET revoked_at_ms = COALESCE(revoked_at_ms, ?1) WHERE key_id = ?2";

const NOTE_USE = `UPDATE api_keys SET last_used_at_ms = ?1 WHERE digest = ?2
  AND COALESCE(last_used_at_ms, 0) < ?1`;

/** All that work. Throws `BookUnavailable`. */
export async function readLiveKeys(binding: D1Database, now: number): Promise<KeyRow[]> {
  const { results } = await readPrimary(binding, () => binding.prepare(READ_LIVE).bind(now).all<KeyRow>());
  return results;
}

/** By age; those after `after`. */
export async function listKeys(
  binding: D1Database,
  { now, limit, after: [createdAtMs, keyId] }: { now: number; limit: number; after: [number, string] },
): Promise<ListedKey[]> {
  const query = binding.prepare(LIST).bind(now, createdAtMs, keyId, limit);
  const { results } = await readPrimary(binding, () => query.all<ListedKey>());
  return results;
}

export type NewKey = Pick<KeyRow, "keyId" | "name" | "kind" | "scopes" | "origins" | "expiresAtMs">;

/** undefined: there are as many as there may be. */
export function insertKey(binding: D1Database, wanted: NewKey, asking: Asking) {
  const { digest, request, now } = asking;
  const { keyId, name, kind, scopes, origins, expiresAtMs } = wanted;
  return make(binding, asking, [
    binding.prepare(FORGET_OLD).bind(now),
    binding.prepare(INSERT).bind(now, digest, request, keyId, name, kind, scopes, origins, expiresAtMs),
  ]);
}

/** The old secret works until `olderUntilMs`. undefined: there are as many as there may be. */
export function rotateKey(
  binding: D1Database,
  { keyId, olderUntilMs }: { keyId: string; olderUntilMs: number },
  asking: Asking,
) {
  const { digest, request, now } = asking;
  return make(binding, asking, [
    binding.prepare(ROTATE).bind(now, digest, request, keyId),
    binding.prepare(REPLACE).bind(now, digest, keyId, olderUntilMs),
  ]);
}

/** What a request that has begun before has made is not made again. */
async function make(
  binding: D1Database,
  { digest, request, resumed, since, now }: Asking,
  statements: D1PreparedStatement[],
): Promise<ListedKey | undefined> {
  const results = await writePrimary(binding, () =>
    binding.batch<ListedKey>([
      ...(resumed ? [binding.prepare(TAKE_PLACE).bind(since, digest, request)] : []),
      ...statements,
      binding.prepare(`${LISTED} AND digest = ?2`).bind(now, digest),
    ]),
  );
  return results.at(-1)?.results[0];
}

/** undefined: no such key works. */
export async function findLiveKind(binding: D1Database, keyId: string, now: number) {
  const sql = `SELECT kind FROM api_keys WHERE ${LIVE} AND key_id = ?2 AND replaced_at_ms IS NULL`;
  const row = await readPrimary(binding, () =>
    binding.prepare(sql).bind(now, keyId).first<{ kind: string }>(),
  );
  return row?.kind;
}

/** All its secrets, for ever. False: there is no such key. */
export async function revokeKey(binding: D1Database, keyId: string, now: number): Promise<boolean> {
  const revoking = binding.prepare(REVOKE).bind(now, keyId);
  const { meta } = await writePrimary(binding, () => revoking.run());
  return meta.changes > 0;
}

export async function noteKeyUse(binding: D1Database, digest: string, now: number): Promise<void> {
  await writePrimary(binding, () => binding.prepare(NOTE_USE).bind(now, digest).run());
}
