/**
 * Who is asking. A key is judged by its SHA-256; it is never logged and never stored. Its id is made of the key with a
 * secret of the service, so that whoever sees the id (events name it) has nothing to test guesses against. Only a key that
 * has passed is remembered, in memory, so that a shop's thousandth request does not pay for a digest.
 */
import { createHash, createHmac } from "node:crypto";
import type { Caller } from "../../domain/command";
import { readConfig, type Config } from "../../env";
import { MIN_API_KEY_CHARS } from "../../limits";
import { logError } from "../../telemetry/log";
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

/** One scope, or any of several, or any key at all. */
export type Access = Scope | readonly Scope[] | "any key" | "metrics";

export interface Credential {
  /** Of the key's digest: what its idempotency keys belong to. Never shown. */
  id: string;
  /** The key cannot be found out from it. */
  keyId: string;
  name: string;
  /** `key:<keyId>`, as events name it. */
  actor: string;
  scopes: ReadonlySet<Scope>;
  /** It reads metrics, and nothing else. */
  readsMetrics?: true;
  /** Only storefront scopes: may not see how far below zero something is. */
  clamped: boolean;
  /** Reservations and orders that other keys made do not exist for it. */
  ownOnly: boolean;
}

export function callerOf({ actor, clamped, ownOnly }: Credential): Caller {
  return ownOnly ? { actor, clamped, ownOnly } : { actor, clamped };
}

const DEFAULT_SCOPES: readonly Scope[] = SCOPES.filter((scope) => scope !== "admin");

const PUBLIC: Credential = credentialOf({ id: "public", keyId: "public", name: "public" }, ["catalog:read"]);

/** Throws a problem: 401 without a known key, 403 without the scope. */
export function authenticate(headers: Headers, env: Env, access: Access): Credential {
  const config = readConfig(env);
  const key = presentedKey(headers);
  const open = access === "catalog:read" && config.publicCatalogReads;
  if (key === null) {
    if (open) return PUBLIC;
    throw unauthenticated("Send a key as X-API-Key or as Authorization: Bearer.");
  }
  const credential = credentialOfKey(key, credentialsOf(config));
  if (!open) requireScope(credential, access);
  return credential;
}

export function requireScope({ scopes, readsMetrics }: Credential, access: Access): void {
  if (scopes.has("admin") || (access === "any key" && !readsMetrics)) return;
  if (access === "metrics") {
    if (readsMetrics) return;
    throw new ProblemError({ code: "forbidden", detail: "This needs METRICS_KEY, or the scope admin." });
  }
  if (access === "any key") throw new ProblemError({ code: "forbidden", detail: "This key reads metrics." });
  const wanted = typeof access === "string" ? [access] : access;
  if (wanted.some((scope) => scopes.has(scope))) return;
  throw new ProblemError({
    code: "forbidden",
    detail: `This needs the scope ${wanted.join(" or ")}.`,
    extensions: { requiredScope: wanted[0], ...(wanted.length > 1 && { requiredScopes: wanted }) },
  });
}

function presentedKey(headers: Headers): string | null {
  const key = headers.get("X-API-Key");
  if (key !== null) return key.trim();
  const authorization = headers.get("Authorization");
  if (authorization?.slice(0, 7).toLowerCase() === "bearer ") return authorization.slice(7).trim();
  if (!isUpgrade(headers)) return null;
  const offered = offeredProtocols(headers).find((protocol) => protocol.startsWith(KEY_PROTOCOL));
  return offered?.slice(KEY_PROTOCOL.length) ?? null;
}

export function isUpgrade(headers: Headers): boolean {
  return headers.get("Upgrade")?.toLowerCase() === "websocket";
}

/** The protocols a socket offers, a key among them: a browser cannot send one in any other way. */
export function offeredProtocols(headers: Headers): string[] {
  return (headers.get("Sec-WebSocket-Protocol") ?? "").split(",").map((protocol) => protocol.trim());
}

const KEY_PROTOCOL = "holdfast.key.";

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
  const shops = parseKeys(config.apiKeys, { ...config, listName: "API_KEYS", scopes: DEFAULT_SCOPES });
  const admins = parseKeys(config.adminApiKeys, { ...config, listName: "ADMIN_API_KEYS", scopes: SCOPES });
  const scrapers = parseKeys(config.metricsKey, { ...config, listName: "METRICS_KEY", scopes: [] });
  for (const scraper of scrapers.values()) scraper.readsMetrics = true;
  const credentials: Credentials = {
    byDigest: new Map([...scrapers, ...shops, ...admins]),
    byKey: new Map(),
  };
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

interface KeyList extends Pick<Config, "keyIdSecret" | "isDevelopment"> {
  listName: string;
  /** Of a key that does not say its own. */
  scopes: readonly Scope[];
}

/**
 * `key, key=scope scope`: comma-separated, each with its scopes or those of the list. Trailing `=` belong to the key, as
 * in base64. A key that can be guessed is left out, and the log says so. Throws on a scope that does not exist: a
 * misspelt one must not pass for a part of the key.
 */
export function parseKeys(list: string, options: KeyList): Map<string, Credential> {
  const { listName, keyIdSecret, isDevelopment } = options;
  const credentialByDigest = new Map<string, Credential>();
  let refused = 0;
  for (const entry of list.split(",").map((part) => part.trim())) {
    if (entry === "") continue;
    const [, narrowed = entry, named] = /^(.+)=([^=]+)$/s.exec(entry) ?? [];
    const key = narrowed.trim();
    const scopes = named === undefined ? options.scopes : named.trim().split(/\s+/).map(scopeOf);
    if (key.length < MIN_API_KEY_CHARS && !isDevelopment) refused += 1;
    else {
      const keyDigest = digest(key);
      const identity = { id: keyDigest.slice(0, 12), keyId: keyIdOf(key, keyIdSecret), name: listName };
      credentialByDigest.set(keyDigest, credentialOf(identity, scopes));
    }
  }
  if (refused > 0) {
    const why = `shorter than ${MIN_API_KEY_CHARS} characters, and ENVIRONMENT is not development`;
    logError("API keys refused", why, { listName, refused });
  }
  return credentialByDigest;
}

function keyIdOf(key: string, secret: string): string {
  return createHmac("sha256", secret).update(`holdfast key id\n${key}`).digest("hex").slice(0, 16);
}

function scopeOf(name: string): Scope {
  const scope = SCOPES.find((known) => known === name);
  if (scope === undefined)
    throw new Error("a key in API_KEYS or ADMIN_API_KEYS names a scope that does not exist");
  return scope;
}

type Identity = Pick<Credential, "id" | "keyId" | "name">;

function credentialOf(identity: Identity, scopes: readonly Scope[]): Credential {
  const may = (scope: Scope) => scopes.includes(scope) || scopes.includes("admin");
  return {
    ...identity,
    actor: `key:${identity.keyId}`,
    scopes: new Set(scopes),
    clamped: !may("stock:write"),
    ownOnly: !may("reservations:read"),
  };
}

function digest(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
