/** Keys as the wire has them. */
import { isOrigin } from "../../env";
import { KEY_KINDS, SCOPES, type KeyKind, type Scope } from "../request/credential";
import { text, timestamp } from "../schemas/primitives";
import { MAX_KEY_ORIGINS, MAX_KEY_OVERLAP_SECONDS, MAX_REFERENCE_CHARS } from "../wire-limits";
import * as z from "../zod";

const keyId = z.string().openapi({ example: "9f86d081884c7d65" });
const scopes = z.array(z.enum(SCOPES));
const nullableTime = timestamp.nullable();

export const keyParams = z.strictObject({ id: keyId });

export const self = z.component("KeySelf", {
  keyId: z.string().describe("As events name it: `key:<keyId>`. Tells nothing of the key."),
  name: z.string(),
  scopes,
  origins: z.array(z.string()).nullable().describe("null: from anywhere."),
  expiresAt: nullableTime,
});

const keyShape = {
  keyId: keyId.describe("Stays when the key is rotated: what it made stays its own."),
  name: z.string(),
  kind: z.enum(KEY_KINDS),
  scopes,
  origins: z.array(z.string()).nullable(),
  status: z.enum(["active", "expired", "revoked"]),
  createdAt: timestamp,
  expiresAt: nullableTime,
  revokedAt: nullableTime,
  rotatedAt: nullableTime.describe("When it was last rotated."),
  olderWorksUntil: nullableTime.describe("What the key was before that works until then; null: it does not."),
  olderLastUsedAt: nullableTime.describe("When what the key was before was last used."),
  lastUsedAt: nullableTime.describe("Give or take ten minutes; null: never."),
};

export const managedKey = z.component("ManagedKey", keyShape);
export const keyWithSecret = z.component("ManagedKeyWithSecret", {
  ...keyShape,
  key: z.string().describe("In this answer alone. It is kept nowhere."),
});

/** What may stand in a page that anyone can read. */
const PUBLISHABLE: readonly Scope[] = ["catalog:read", "stock:read", "reservations:write"];
const PUBLISHABLE_DEFAULT: Scope[] = ["catalog:read", "stock:read"];

const origin = z
  .string()
  .refine(isOrigin, "must be an origin such as https://shop.example")
  .openapi({ example: "https://shop.example" });

const newKeyShape = z.strictObject({
  name: text(MAX_REFERENCE_CHARS),
  kind: z
    .maybe(z.enum(KEY_KINDS))
    .describe("`publishable`: for pages; so is one with `origins` that does not say its kind."),
  scopes: z
    .maybe(scopes.min(1))
    .describe("A publishable key has `catalog:read stock:read` unless it says more."),
  origins: z
    .maybe(z.array(origin).min(1).max(MAX_KEY_ORIGINS).nullable())
    .describe("The pages it works on, and from nowhere else; null: from anywhere."),
  expiresAt: z.maybe(timestamp.nullable()),
});

export const newKey = newKeyShape
  .transform(({ kind, scopes: asked, origins = null, ...rest }) => ({
    ...rest,
    kind: kind ?? kindOf(origins),
    scopes: asked ?? [],
    origins,
  }))
  .superRefine(({ kind, scopes: asked, origins }, context) => {
    const wrong = (path: string, code: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message, params: { code } });
    if (kind === "secret" && asked.length === 0) wrong("scopes", "required", "must be given");
    if (kind === "secret") return;
    if (origins === null) wrong("origins", "required", "must be given for a publishable key");
    if (asked.some((scope) => !PUBLISHABLE.includes(scope)))
      wrong("scopes", "not_publishable", `of a publishable key may be ${PUBLISHABLE.join(", ")}`);
  })
  .transform(({ scopes: asked, ...rest }) => ({
    ...rest,
    scopes: asked.length > 0 ? [...new Set(asked)] : PUBLISHABLE_DEFAULT,
  }))
  .openapi("NewKey");

function kindOf(origins: readonly string[] | null): KeyKind {
  return origins === null ? "secret" : "publishable";
}

export const rotation = z.strictComponent("KeyRotation", {
  overlapSeconds: z
    .int()
    .min(0)
    .max(MAX_KEY_OVERLAP_SECONDS)
    .describe("How much longer the key works as it was, at most until it expires."),
});
