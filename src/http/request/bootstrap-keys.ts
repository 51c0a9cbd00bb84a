/**
 * The keys of the secrets `API_KEYS` and `ADMIN_API_KEYS`: they work before the book does, and while it is away. Their ids are
 * made of the keys with a secret of the service, so that whoever sees an id (events name it) has nothing to test guesses
 * against.
 */
import { createHash, createHmac } from "node:crypto";
import type { Config } from "../../env";
import { MIN_API_KEY_CHARS } from "../../limits";
import { logError } from "../../telemetry/log";
import { credentialOf, SCOPES, type Credential, type Scope } from "./credential";

const DEFAULT_SCOPES: readonly Scope[] = SCOPES.filter((scope) => scope !== "admin");
const FROM_ANYWHERE = { kind: "secret", origins: null, expiresAtMs: null } as const;

/** By digest. */
export function bootstrapKeys(config: Config): Map<string, Credential> {
  const shops = parseKeys(config.apiKeys, { ...config, listName: "API_KEYS", scopes: DEFAULT_SCOPES });
  const admins = parseKeys(config.adminApiKeys, { ...config, listName: "ADMIN_API_KEYS", scopes: SCOPES });
  const scrapers = parseKeys(config.metricsKey, { ...config, listName: "METRICS_KEY", scopes: [] });
  for (const scraper of scrapers.values()) scraper.readsMetrics = true;
  return new Map([...scrapers, ...shops, ...admins]);
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
      const keyDigest = digestOf(key);
      const keyId = keyIdOf(key, keyIdSecret);
      const identity = {
        ...FROM_ANYWHERE,
        id: keyDigest.slice(0, 12),
        keyId,
        digest: keyDigest,
        name: listName,
      };
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

export function digestOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
