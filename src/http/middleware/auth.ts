/**
 * Who is asking. A key is judged by its SHA-256 and named by the beginning of it; it is never logged and
 * never stored. Only a key that has passed is remembered, in memory, so that a shop's thousandth request does
 * not pay for a digest.
 */
import { createHash } from "node:crypto";
import type { Caller } from "../../domain/command";
import { readConfig, type Config } from "../../env";
import { ProblemError } from "../problem";

export const SCOPES = [
  "catalog:read",
  "stock:read",
  "reservations:write",
  "reservations:read",
  "stock:write",
  "events:read",
  "admin",
] as const;
export type Scope = (typeof SCOPES)[number];

export interface Credential {
  /** First 12 hex digits of the key's digest. */
  id: string;
  /** `key:<id>`, as events name it. */
  actor: string;
  scopes: ReadonlySet<Scope>;
  /** Only storefront scopes: may not see how far below zero something is. */
  clamped: boolean;
  /** Reservations and orders that other keys made do not exist for it. */
  ownOnly: boolean;
}

/** What objects are told of who asks. */
export function callerOf({ actor, clamped, ownOnly }: Credential): Caller {
  return ownOnly ? { actor, clamped, ownOnly } : { actor, clamped };
}

const DEFAULT_SCOPES: readonly Scope[] = SCOPES.filter((scope) => scope !== "admin");

const PUBLIC: Credential = credentialOf("public", ["catalog:read"]);

/** Throws a problem: 401 without a known key, 403 without the scope. */
export function authenticate(headers: Headers, env: Env, scope: Scope): Credential {
  const config = readConfig(env);
  const key = presentedKey(headers);
  const open = scope === "catalog:read" && config.publicCatalogReads;
  if (key === null) {
    if (open) return PUBLIC;
    throw unauthenticated("Send a key as X-API-Key or as Authorization: Bearer.");
  }
  const credential = credentialOfKey(key, credentialsOf(config));
  if (!open) requireScope(credential, scope);
  return credential;
}

export function requireScope(credential: Credential, scope: Scope): void {
  if (credential.scopes.has(scope)) return;
  throw new ProblemError({
    code: "forbidden",
    detail: `This needs the scope ${scope}.`,
    facts: { requiredScope: scope },
  });
}

function presentedKey(headers: Headers): string | null {
  const key = headers.get("X-API-Key");
  if (key !== null) return key.trim();
  const authorization = headers.get("Authorization");
  if (authorization?.slice(0, 7).toLowerCase() === "bearer ") return authorization.slice(7).trim();
  return isUpgrade(headers) ? keyAmongProtocols(headers) : null;
}

/** The request asks for a WebSocket. */
export function isUpgrade(headers: Headers): boolean {
  return headers.get("Upgrade")?.toLowerCase() === "websocket";
}

/** The protocols a socket offers, a key among them: a browser cannot send one in any other way. */
export function offeredProtocols(headers: Headers): string[] {
  return (headers.get("Sec-WebSocket-Protocol") ?? "").split(",").map((protocol) => protocol.trim());
}

const KEY_PROTOCOL = "holdfast.key.";

function keyAmongProtocols(headers: Headers): string | null {
  const offered = offeredProtocols(headers).find((protocol) => protocol.startsWith(KEY_PROTOCOL));
  return offered === undefined ? null : offered.slice(KEY_PROTOCOL.length);
}

function unauthenticated(detail: string): ProblemError {
  return new ProblemError({
    code: "unauthenticated",
    detail,
    headers: { "WWW-Authenticate": 'Bearer realm="holdfast"' },
  });
}

interface Credentials {
  byDigest: ReadonlyMap<string, Credential>;
  /** Keys that have passed: as many as there are, however many are guessed. */
  byKey: Map<string, Credential>;
}

const credentialsByConfig = new WeakMap<Config, Credentials>();

function credentialsOf(config: Config): Credentials {
  const known = credentialsByConfig.get(config);
  if (known) return known;
  const byDigest = new Map([
    ...parseKeys(config.apiKeys, DEFAULT_SCOPES),
    ...parseKeys(config.adminApiKeys, SCOPES),
  ]);
  const credentials = { byDigest, byKey: new Map<string, Credential>() };
  credentialsByConfig.set(config, credentials);
  return credentials;
}

function credentialOfKey(key: string, { byDigest, byKey }: Credentials): Credential {
  const passed = byKey.get(key);
  if (passed) return passed;
  const credential = byDigest.get(digest(key));
  if (!credential) throw unauthenticated("The key is not known.");
  byKey.set(key, credential);
  return credential;
}

/**
 * `key, key=scope scope`: comma-separated, each with its scopes or `defaults`. Trailing `=` belong to the
 * key, as in base64. Throws on a scope that does not exist: a misspelt one must not pass for a part of the
 * key.
 */
export function parseKeys(list: string, defaults: readonly Scope[]): Map<string, Credential> {
  const credentialByDigest = new Map<string, Credential>();
  for (const entry of list.split(",").map((part) => part.trim())) {
    if (entry === "") continue;
    const equals = entry.lastIndexOf("=");
    const words = entry
      .slice(equals + 1)
      .split(/\s+/)
      .filter(Boolean);
    const narrowed = equals > 0 && words.length > 0;
    const keyDigest = digest(narrowed ? entry.slice(0, equals).trim() : entry);
    credentialByDigest.set(
      keyDigest,
      credentialOf(keyDigest.slice(0, 12), narrowed ? words.map(scopeOf) : defaults),
    );
  }
  return credentialByDigest;
}

function scopeOf(word: string): Scope {
  const scope = SCOPES.find((known) => known === word);
  if (scope === undefined)
    throw new Error("a key in API_KEYS or ADMIN_API_KEYS names a scope that does not exist");
  return scope;
}

function credentialOf(id: string, scopes: readonly Scope[]): Credential {
  const clamped = !scopes.includes("stock:write") && !scopes.includes("admin");
  const ownOnly = !scopes.includes("reservations:read") && !scopes.includes("admin");
  return { id, actor: `key:${id}`, scopes: new Set(scopes), clamped, ownOnly };
}

function digest(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
