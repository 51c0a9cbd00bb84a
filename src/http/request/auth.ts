/**
 * Who is asking. A key is judged by its SHA-256; it is never logged and never stored. Those of the secrets are known at once,
 * managed ones as soon as the isolate has them; only a key that has passed is remembered, in memory.
 */
import { readConfig, type Config } from "../../env";
import { ProblemError } from "../problem";
import { andThen, type AtOnce } from "./at-once";
import { bootstrapKeys, digestOf } from "./bootstrap-keys";
import { credentialOf, type Access, type Credential } from "./credential";
import { isManagedForm, managedKeys } from "./managed-keys";
import { requireOrigin } from "./origin";
import { isTicketOf, readTicket } from "./tickets";

const PUBLIC: Credential = credentialOf(
  {
    id: "public",
    keyId: "public",
    digest: "",
    name: "public",
    kind: "secret",
    origins: null,
    expiresAtMs: null,
  },
  ["catalog:read"],
);

type Found = AtOnce<Credential>;

/** Throws a problem, or rejects with it: 401 without a known key, 403 without the scope or from a page that it is not for. */
export function authenticate(headers: Headers, env: Env, access: Access): Found {
  const config = readConfig(env);
  const key = presentedKey(headers);
  const open = access === "catalog:read" && config.publicCatalogReads;
  if (key === null) {
    if (open) return PUBLIC;
    throw unauthenticated("Send a key as X-API-Key or as Authorization: Bearer.");
  }
  const bootstrap = bootstrapKey(key, config);
  if (bootstrap) {
    if (!open) requireScope(bootstrap, access);
    return bootstrap;
  }
  const managed = isManagedForm(key) ? managedKeys(env.BOOK).find(key) : undefined;
  return passing(managed, "The key is not known.", (credential) => {
    requireOrigin(credential, headers);
    if (!open) requireScope(credential, access);
  });
}

/** Of a live route: a ticket in the URL stands for the key. */
export function authenticateLive({ headers, url }: Request, env: Env, access: Access): Found {
  const text = url.includes("ticket=") ? new URL(url).searchParams.get("ticket") : null;
  if (text === null || presentedKey(headers) !== null) return authenticate(headers, env, access);
  const config = readConfig(env);
  const ticket = readTicket(text);
  const isMeant = ticket && isTicketOf(ticket, { config, origin: headers.get("Origin") });
  const found =
    isMeant &&
    (bootstrapKeyOf(ticket.keyId, isMeant, config) ?? managedKeys(env.BOOK).findById(ticket.keyId, isMeant));
  return passing(found, "The ticket is not good, or no longer: ask for a new one.", (credential) => {
    requireOrigin(credential, headers);
    requireScope(credential, access);
  });
}

/** `found`, if `check` lets it pass. */
function passing(
  found: AtOnce<Credential | undefined>,
  otherwise: string,
  check: (credential: Credential) => void,
): Found {
  return andThen(found, (credential) => {
    if (!credential) throw unauthenticated(otherwise);
    check(credential);
    return credential;
  });
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

/** null: none; whether it is known is another question. */
export function presentedKey(headers: Headers): string | null {
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
  const credentials: Credentials = { byDigest: bootstrapKeys(config), byKey: new Map() };
  credentialsByConfig.set(config, credentials);
  return credentials;
}

/** One of the secrets. */
function bootstrapKey(key: string, config: Config): Credential | undefined {
  const { byDigest, byKey } = credentialsOf(config);
  const passed = byKey.get(key);
  if (passed) return passed;
  const credential = byDigest.get(digestOf(key));
  if (credential) byKey.set(key, credential);
  return credential;
}

function bootstrapKeyOf(keyId: string, isMeant: (credential: Credential) => boolean, config: Config) {
  const credentials = [...credentialsOf(config).byDigest.values()];
  return credentials.find((credential) => credential.keyId === keyId && isMeant(credential));
}
