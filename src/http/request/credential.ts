/** What is known of whoever is asking: which key it is, what it may do, and from where. */
import type { Caller } from "../../domain/command";

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

/** `publishable`: it stands in pages that anyone can read, so that many share it. */
export const KEY_KINDS = ["secret", "publishable"] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

export interface Identity {
  /** What its idempotency keys belong to. Never shown. */
  id: string;
  /** The key cannot be found out from it. */
  keyId: string;
  /** Of the key, which has others while it is rotated. Never shown. */
  digest: string;
  name: string;
  kind: KeyKind;
  /** The pages it works on, and from nowhere else; null: from anywhere. */
  origins: readonly string[] | null;
  expiresAtMs: number | null;
}

export interface Credential extends Identity {
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

export function credentialOf(identity: Identity, scopes: readonly Scope[]): Credential {
  const may = (scope: Scope) => scopes.includes(scope) || scopes.includes("admin");
  return {
    ...identity,
    actor: `key:${identity.keyId}`,
    scopes: new Set(scopes),
    clamped: !may("stock:write"),
    ownOnly: !may("reservations:read"),
  };
}

export function callerOf({ actor, clamped, ownOnly }: Credential): Caller {
  return ownOnly ? { actor, clamped, ownOnly } : { actor, clamped };
}
