/** Managed keys, as an administrator makes them and others use them. */
import { ADMIN, call, expectStatus, newId, type Answer } from "./api";

export interface ManagedKey {
  keyId: string;
  name: string;
  kind: string;
  scopes: string[];
  origins: string[] | null;
  status: string;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  rotatedAt: string | null;
  olderWorksUntil: string | null;
  olderLastUsedAt: string | null;
  lastUsedAt: string | null;
}

export type MadeKey = ManagedKey & { key: string };

export const PAGE_ORIGIN = "https://shop.example";

export function askForKey(body: object, headers: Record<string, string> = {}): Promise<Answer<MadeKey>> {
  return call<MadeKey>("POST /v1/admin/keys", { key: ADMIN, body, headers });
}

export async function newKey(body: object): Promise<MadeKey> {
  return expectStatus(await askForKey({ name: newId("key"), ...body }), 201);
}

export function rotate(keyId: string, overlapSeconds: number, headers: Record<string, string> = {}) {
  const body = { overlapSeconds };
  return call<MadeKey>(`POST /v1/admin/keys/${keyId}/rotate`, { key: ADMIN, body, headers });
}

/** As a page of that origin asks. */
export function fromPage(origin: string, headers: Record<string, string> = {}) {
  return { headers: { Origin: origin, ...headers } };
}
