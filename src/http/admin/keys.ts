/**
 * Managed keys. A key is shown when it is made and never again: the book has its digest. Changes made here are known here at
 * once, and everywhere within the declared time.
 */
import * as book from "../../d1/api-keys";
import { decodeCursor, encodeCursor, toPage } from "../../d1/page";
import { readConfig } from "../../env";
import { MAX_LIVE_KEYS } from "../../limits/keys";
import { bodyAnswer, created, jsonAnswer, pageAnswer, pageOf, REPLAYED } from "../answers";
import { keyWithSecret, keyParams, managedKey, newKey, rotation } from "../keys/schemas";
import { badField, ProblemError } from "../problem";
import { digestOf } from "../request/bootstrap-keys";
import type { KeyKind } from "../request/credential";
import { requestKeyOf } from "../request/idempotency-key";
import { KEY_PREFIXES, managedKeys, textsOf } from "../request/managed-keys";
import { route, routesOf, type Call } from "../route";
import { pageParams } from "../schemas/primitives";
import { KEY_SECRET_BYTES } from "../wire-limits";
import * as z from "../zod";

const one = { scope: "admin", params: keyParams, problems: ["route_not_found", "book_unavailable"] } as const;

export const ADMIN_KEY_ROUTES = routesOf("Keys", {
  listKeys: route({
    at: "GET /v1/admin/keys",
    summary: "List keys",
    scope: "admin",
    query: z.strictObject(pageParams),
    answers: { 200: pageOf(managedKey, ["Link"]) },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const { limit, cursor } = call.query;
      const [createdAtMs, keyId] = decodeCursor(cursor, "keys", ["number", "string"]) ?? [0, ""];
      const now = Date.now();
      const after: [number, string] = [Number(createdAtMs), String(keyId)];
      const rows = await book.listKeys(call.env.BOOK, { now, limit: limit + 1, after });
      const page = toPage(rows, limit, {
        item: (row) => keyView(row, now),
        cursor: (row) => encodeCursor("keys", [row.createdAtMs, row.keyId]),
      });
      return pageAnswer(call, page);
    },
  }),
  createKey: route({
    at: "POST /v1/admin/keys",
    summary: "Create a key",
    scope: "admin",
    body: newKey,
    answers: created("Made", keyWithSecret, REPLAYED),
    problems: ["book_unavailable"],
    once: "sealed",
    handle: async (call, { resumed }) => {
      const { name, kind, scopes, origins, expiresAt = null } = call.body;
      const expiresAtMs = expiresAt === null ? null : Date.parse(expiresAt);
      if (expiresAtMs !== null && !(expiresAtMs > Date.now()))
        throw badField("body.expiresAt", "too_early", "must be in the future");
      const { key, asking } = newSecret(call, kind, resumed);
      const wanted = { keyId: newKeyId(), name, kind, expiresAtMs };
      const lists = { scopes: JSON.stringify(scopes), origins: origins && JSON.stringify(origins) };
      const made = await book.insertKey(call.env.BOOK, { ...wanted, ...lists }, asking);
      if (!made) throw tooMany();
      return shown(call, made, key);
    },
  }),
  revokeKey: route({
    at: "DELETE /v1/admin/keys/{id}",
    summary: "Revoke a key",
    ...one,
    answers: { 204: { description: "Revoked, everywhere within the declared time", headers: REPLAYED } },
    once: true,
    handle: async (call) => {
      const { id } = call.params;
      if (!(await book.revokeKey(call.env.BOOK, id, Date.now()))) throw unknownKey(id);
      managedKeys(call.env.BOOK).changed();
      return bodyAnswer(call, null, { status: 204 });
    },
  }),
  rotateKey: route({
    at: "POST /v1/admin/keys/{id}/rotate",
    summary: "Rotate a key",
    ...one,
    body: rotation,
    answers: created("Made; the key as it was works that much longer", keyWithSecret, REPLAYED),
    once: "sealed",
    handle: async (call, { resumed }) => {
      const { env, params, body } = call;
      const { id: keyId } = params;
      const kind = await book.findLiveKind(env.BOOK, keyId, Date.now());
      const { key, asking } = newSecret(call, kind === "publishable" ? kind : "secret", resumed);
      const olderUntilMs = asking.now + body.overlapSeconds * 1000;
      const made = kind !== undefined && (await book.rotateKey(env.BOOK, { keyId, olderUntilMs }, asking));
      if (kind === undefined || made === false) throw unknownKey(keyId);
      if (!made) throw tooMany();
      return shown(call, made, key);
    },
  }),
});

function newKeyId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex");
}

/** A key, and what is written of it. */
function newSecret(call: Call, kind: KeyKind, resumed: boolean): { key: string; asking: book.Asking } {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_SECRET_BYTES));
  const key = KEY_PREFIXES[kind] + Buffer.from(bytes).toString("base64url");
  const now = Date.now();
  const since = now - readConfig(call.env).idempotencyRetentionMs;
  return {
    key,
    asking: { digest: digestOf(key), now, request: requestKeyOf(call)?.id ?? null, resumed, since },
  };
}

function shown(call: Call, made: book.ListedKey, key: string): Response {
  managedKeys(call.env.BOOK).changed();
  return jsonAnswer(call, { ...keyView(made, Date.now()), key }, { status: 201 });
}

function keyView(row: book.ListedKey, now: number) {
  const { keyId, name, kind, scopes, origins, expiresAtMs, revokedAtMs } = row;
  const expired = expiresAtMs !== null && expiresAtMs <= now ? "expired" : "active";
  return {
    keyId,
    name,
    kind,
    scopes: textsOf(scopes),
    origins: origins === null ? null : textsOf(origins),
    status: revokedAtMs === null ? expired : "revoked",
    createdAt: timeOf(row.createdAtMs),
    expiresAt: timeOf(expiresAtMs),
    revokedAt: timeOf(revokedAtMs),
    rotatedAt: timeOf(row.rotatedAtMs),
    olderWorksUntil: timeOf(row.olderUntilMs),
    olderLastUsedAt: timeOf(row.olderUsedAtMs),
    lastUsedAt: timeOf(row.lastUsedAtMs),
  };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function tooMany(): ProblemError {
  return badField(
    "body",
    "too_many_keys",
    `would be one too many: there may be ${MAX_LIVE_KEYS} keys that work`,
  );
}

function unknownKey(id: string): ProblemError {
  return new ProblemError({
    code: "route_not_found",
    detail: `There is no key ${id.slice(0, 64)} that works.`,
  });
}
