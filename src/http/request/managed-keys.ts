/**
 * The managed keys that work, as an isolate has them in memory: a known key is known without waiting. They are read from the
 * book at first need, and again beside the requests, so that what happened to a key is known everywhere within the declared
 * time (limits.ts). While the book cannot be read, keys that were known go on for a while.
 *
 * Only results are shared: a request that awaited what another has begun would hang with it.
 */
import { waitUntil } from "cloudflare:workers";
import { noteKeyUse, readLiveKeys, type KeyRow } from "../../d1/api-keys";
import { BookUnavailable } from "../../d1/book";
import { KEY_USE_SPACING_MS, KEYS_AGE, KEYS_READ } from "../../limits/keys";
import { logError } from "../../telemetry/log";
import { pause, withTimeout } from "../../timeout";
import { digestOf } from "./bootstrap-keys";
import { credentialOf, KEY_KINDS, SCOPES, type Credential } from "./credential";

/** The beginnings of keys by their kinds: they say what it is that was found in a page or a log. */
export const KEY_PREFIXES = { secret: "hf_live_", publishable: "hf_pub_" } as const;
const FORM = /^hf_(?:live|pub)_[\w-]{43}$/;

/** Anything else is no managed key, and costs nobody a query. */
export function isManagedForm(key: string): boolean {
  return FORM.test(key);
}

interface Entry {
  credential: Credential;
  lastUsedAtMs: number;
}

/** What was looked for; undefined: there is none. At once wherever memory knows. */
type Found<T> = T | undefined | Promise<T | undefined>;

export class ManagedKeys {
  #entryByDigest: ReadonlyMap<string, Entry> = new Map();
  /** Keys that have passed: a shop's thousandth request does not pay for a digest. */
  readonly #entryByKey = new Map<string, Entry>();
  #origins: ReadonlySet<string> = new Set();
  /** When the reading of what is known began, and when the last one came to its end. */
  #readAtMs = -Infinity;
  #endedAtMs = -Infinity;
  /** Readings, by their beginnings: the last that was tried, the last that counts, and those before a change. */
  #tried = { nth: 0, atMs: -Infinity };
  #taken = 0;
  #outdated = 0;
  #failures = 0;
  /** When the readings that are under way began. A request that is cut off never says that it ended. */
  #underWay: readonly number[] = [];

  constructor(private readonly binding: D1Database) {}

  find(key: string): Found<Credential> {
    return this.#ask((now) => {
      const entry = this.#entryByKey.get(key) ?? this.#entryByDigest.get(digestOf(key));
      if (!entry || hasExpired(entry.credential, now)) return undefined;
      this.#entryByKey.set(key, entry);
      this.#noteUse(entry, now);
      return entry.credential;
    });
  }

  /** The secret of this key that `isMeant` says yes to. */
  findById(keyId: string, isMeant: (credential: Credential) => boolean): Found<Credential> {
    return this.#ask((now) => {
      for (const { credential } of this.#entryByDigest.values()) {
        if (credential.keyId !== keyId || hasExpired(credential, now)) continue;
        if (isMeant(credential)) return credential;
      }
      return undefined;
    });
  }

  /** True: some key is for pages of this origin. */
  allowsOrigin(origin: string): Found<boolean> {
    return this.#ask(() => this.#origins.has(origin) || undefined);
  }

  /** Something was changed here: nothing that was read before counts. */
  changed(): void {
    this.#readAtMs = this.#endedAtMs = -Infinity;
    this.#outdated = this.#tried.nth;
  }

  /** Throws `BookUnavailable` where only the book could tell, and cannot be asked. */
  #ask<T>(look: (now: number) => T | undefined): Found<T> {
    const now = Date.now();
    const found = look(now);
    const ageMs = between(now, this.#readAtMs);
    if (found === undefined) {
      return between(now, this.#endedAtMs) < KEYS_READ.unknownMs ? undefined : this.#askBook(look);
    }
    if (ageMs < KEYS_AGE.refreshMs) return found;
    if (ageMs >= KEYS_AGE.maxMs && !(this.#failures > 0 && ageMs < KEYS_AGE.keptMs))
      return this.#askBook(look);
    // Rejected: it has been logged, and whoever comes next tries again.
    if (!this.#hasFailed(now) && this.#mayRead(now, 1)) waitUntil(this.#read(now).catch(() => undefined));
    return found;
  }

  /** Where enough others read already it waits, by a clock of its own, for what they find. */
  async #askBook<T>(look: (now: number) => T | undefined): Promise<T | undefined> {
    try {
      for (let waits = KEYS_READ.timeoutMs / KEYS_READ.pollMs; ; waits -= 1) {
        const now = Date.now();
        if (this.#hasFailed(now) || waits <= 0)
          throw new BookUnavailable("keys cannot be read at the moment");
        if (this.#mayRead(now, KEYS_READ.atOnce)) {
          const reading = this.#read(now);
          // It comes to its end even if the caller hangs up.
          waitUntil(reading.catch(() => undefined));
          await reading;
          break;
        }
        await pause(KEYS_READ.pollMs);
        if (between(Date.now(), this.#readAtMs) < KEYS_READ.unknownMs) break;
      }
    } catch (error) {
      const now = Date.now();
      const kept = between(now, this.#readAtMs) < KEYS_AGE.keptMs ? look(now) : undefined;
      if (kept === undefined) throw error;
      return kept;
    }
    return look(Date.now());
  }

  #hasFailed(now: number): boolean {
    return this.#failures > 0 && between(now, this.#tried.atMs) < KEYS_READ.retryMs;
  }

  #mayRead(now: number, atOnce: number): boolean {
    this.#underWay = this.#underWay.filter((beganAt) => between(now, beganAt) < KEYS_READ.timeoutMs);
    return this.#underWay.length < atOnce;
  }

  async #read(now: number): Promise<void> {
    const nth = this.#tried.nth + 1;
    this.#tried = { nth, atMs: now };
    this.#underWay = [...this.#underWay, now];
    try {
      const reading = readLiveKeys(this.binding, now);
      const rows = await withTimeout(reading, KEYS_READ.timeoutMs, "D1");
      this.#failures = 0;
      if (nth < this.#taken) return;
      this.#taken = nth;
      this.#take(rows);
      if (nth > this.#outdated) [this.#readAtMs, this.#endedAtMs] = [now, Date.now()];
    } catch (error) {
      this.#failures += 1;
      if (this.#failures === 1) logError("keys not read", causeOf(error));
      throw error instanceof BookUnavailable ? error : new BookUnavailable(error);
    } finally {
      const mine = this.#underWay.indexOf(now);
      this.#underWay = this.#underWay.filter((_, index) => index !== mine);
    }
  }

  #take(rows: readonly KeyRow[]): void {
    const before = this.#entryByDigest;
    this.#entryByDigest = new Map(rows.map((row) => [row.digest, entryOf(row, before.get(row.digest))]));
    this.#entryByKey.clear();
    const credentials = [...this.#entryByDigest.values()].map(({ credential }) => credential);
    this.#origins = new Set(credentials.flatMap(({ origins }) => origins ?? []));
  }

  #noteUse(entry: Entry, now: number): void {
    if (now - entry.lastUsedAtMs < KEY_USE_SPACING_MS) return;
    entry.lastUsedAtMs = now;
    const noting = noteKeyUse(this.binding, entry.credential.digest, now);
    waitUntil(noting.catch((error: unknown) => logError("use of a key not noted", causeOf(error))));
  }
}

/** A clock may be put back: what is then to come is as old as it would be. */
function between(now: number, then: number): number {
  return Math.abs(now - then);
}

function causeOf(error: unknown): unknown {
  return error instanceof BookUnavailable ? error.cause : error;
}

function hasExpired({ expiresAtMs }: Credential, now: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= now;
}

function entryOf(row: KeyRow, before: Entry | undefined): Entry {
  const { keyId, digest, name, expiresAtMs } = row;
  const kind = KEY_KINDS.find((known) => known === row.kind) ?? "publishable";
  const origins = row.origins === null ? null : textsOf(row.origins);
  const texts = textsOf(row.scopes);
  const scopes = SCOPES.filter((scope) => texts.includes(scope));
  const credential = credentialOf({ id: keyId, keyId, digest, name, kind, origins, expiresAtMs }, scopes);
  return { credential, lastUsedAtMs: Math.max(row.lastUsedAtMs ?? 0, before?.lastUsedAtMs ?? 0) };
}

/** Of a JSON array; anything else has none. */
export function textsOf(json: string): string[] {
  const list: unknown = JSON.parse(json);
  return Array.isArray(list) ? list.filter((text) => typeof text === "string") : [];
}

const managedByBook = new WeakMap<D1Database, ManagedKeys>();

export function managedKeys(binding: D1Database): ManagedKeys {
  const known = managedByBook.get(binding);
  if (known) return known;
  const keys = new ManagedKeys(binding);
  managedByBook.set(binding, keys);
  return keys;
}
