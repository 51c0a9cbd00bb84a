import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { authenticate as identify, requireScope } from "../../../src/http/request/auth";
import { parseKeys } from "../../../src/http/request/bootstrap-keys";
import { SCOPES, type Access, type Credential } from "../../../src/http/request/credential";
import { ProblemError } from "../../../src/http/problem";

/** SHA-256 of "demo" begins so. */
const DEMO_ID = "2a97516c354b";

const DEVELOPMENT = {
  listName: "API_KEYS",
  keyIdSecret: "secret",
  isDevelopment: true,
  scopes: ["stock:read"],
} as const;

function only(list: string, options: Partial<Parameters<typeof parseKeys>[1]> = {}): Credential {
  const [credential, ...others] = parseKeys(list, { ...DEVELOPMENT, ...options }).values();
  if (!credential || others.length > 0) throw new Error("one key was meant");
  return credential;
}

describe("a list of keys", () => {
  it("is read with white space and empty entries", () => {
    expect(parseKeys(" a , ,b,, c ", DEVELOPMENT).size).toBe(3);
    expect(parseKeys("", DEVELOPMENT).size).toBe(0);
  });

  it("names a key by an id that is no digest of it, the same as long as the secret is", () => {
    const { id, keyId, actor } = only("demo");
    expect(id).toBe(DEMO_ID);
    expect(actor).toBe(`key:${keyId}`);
    expect(keyId).toBe(only("demo=catalog:read").keyId);
    expect(keyId).not.toBe(only("demo", { keyIdSecret: "another" }).keyId);
    for (const algorithm of ["md5", "sha1", "sha256", "sha512"]) {
      expect(createHash(algorithm).update("demo").digest("hex")).not.toContain(keyId);
    }
    expect(JSON.stringify([...parseKeys("demo", DEVELOPMENT)])).not.toContain('"demo"');
  });

  it("leaves out keys that can be guessed, unless it is development", () => {
    const long = "k".repeat(24);
    const production = { ...DEVELOPMENT, isDevelopment: false };
    expect(parseKeys(`demo,admin-demo,${long.slice(1)}=stock:read`, production).size).toBe(0);
    expect(parseKeys(`demo,${long}=stock:read`, production).size).toBe(1);
  });

  it("gives the default scopes, or those it says", () => {
    expect([...only("demo").scopes]).toEqual(["stock:read"]);
    expect([...only("demo=catalog:read  events:read").scopes]).toEqual(["catalog:read", "events:read"]);
    expect(only("demo=catalog:read").id).toBe(DEMO_ID);
  });

  it("leaves the padding of a base64 key alone", () => {
    expect(only("c2VjcmV0==").id).not.toBe(only("c2VjcmV0").id);
    expect([...only("c2VjcmV0===stock:write").scopes]).toEqual(["stock:write"]);
    expect(only("c2VjcmV0===stock:write").id).toBe(only("c2VjcmV0==").id);
  });

  it("with a scope that does not exist is refused without showing the key", () => {
    expect(() => parseKeys("secret=stok:read", DEVELOPMENT)).toThrow(/scope/);
    expect(() => parseKeys("secret=stok:read", DEVELOPMENT)).not.toThrow(/secret/);
  });

  it("hides numbers below zero from storefronts only", () => {
    expect(only("k=catalog:read stock:read reservations:write events:read").clamped).toBe(true);
    expect(only("k=stock:read stock:write").clamped).toBe(false);
    expect(only("k=admin").clamped).toBe(false);
  });

  it("knows only its own reservations without reservations:read", () => {
    expect(only("k=reservations:write stock:write").ownOnly).toBe(true);
    expect(only("k=reservations:read").ownOnly).toBe(false);
    expect(only("k=admin").ownOnly).toBe(false);
  });
});

/** A key of the secrets is known at once. */
function authenticate(...asked: Parameters<typeof identify>): Credential {
  const found = identify(...asked);
  if (found instanceof Promise) throw new Error("it was waited for");
  return found;
}

function env(variables: object): Env {
  const keys = { API_KEYS: "demo,shop=catalog:read", ADMIN_API_KEYS: "root" };
  return { ...keys, ...({ ENVIRONMENT: "development", ...variables } as object) } as Env;
}

function codeOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
}

describe("who is asking", () => {
  const ask = (headers: Record<string, string>, variables = {}) =>
    authenticate(new Headers(headers), env(variables), "catalog:read");

  it.each([
    { "X-API-Key": "demo" },
    { "X-API-Key": " demo " },
    { Authorization: "Bearer demo" },
    { Authorization: "bearer demo" },
  ])("is known by %j", (headers) => {
    expect(ask(headers).id).toBe(DEMO_ID);
  });

  it.each([
    {},
    { "X-API-Key": "" },
    { "X-API-Key": "Demo" },
    { Authorization: "Basic demo" },
    { "X-API-Key": "demo,shop=catalog:read" },
  ])("is not known by %j", (headers) => {
    expect(codeOf(() => ask(headers))).toBe("unauthenticated");
  });

  it("is known again and again", () => {
    const same = env({});
    const headers = new Headers({ "X-API-Key": "demo" });
    expect(authenticate(headers, same, "stock:read")).toBe(authenticate(headers, same, "stock:write"));
  });

  it("may do what its scopes say", () => {
    const shop = new Headers({ "X-API-Key": "shop" });
    const may = SCOPES.filter((scope) => codeOf(() => authenticate(shop, env({}), scope)) === undefined);
    expect(may).toEqual(["catalog:read"]);
    const demo = ask({ "X-API-Key": "demo" });
    expect(codeOf(() => requireScope(demo, "admin"))).toBe("forbidden");
    const root = ask({ "X-API-Key": "root" });
    for (const scope of SCOPES) expect(codeOf(() => requireScope(root, scope))).toBeUndefined();
    const narrow = only("k=admin");
    for (const scope of SCOPES) expect(codeOf(() => requireScope(narrow, scope))).toBeUndefined();
  });

  it("passes with any of several scopes, and with any key where that is enough", () => {
    const shop = new Headers({ "X-API-Key": "shop" });
    const may = (access: Access) => codeOf(() => authenticate(shop, env({}), access));
    expect(may(["stock:read", "catalog:read"])).toBeUndefined();
    expect(may(["stock:read", "events:read"])).toBe("forbidden");
    expect(may("any key")).toBeUndefined();
  });

  it("may read an open catalog without a key, and nothing else", () => {
    const open = { PUBLIC_CATALOG_READS: "true" };
    expect(ask({}, open)).toMatchObject({ actor: "key:public", clamped: true });
    expect(codeOf(() => authenticate(new Headers(), env(open), "stock:read"))).toBe("unauthenticated");
    expect(codeOf(() => ask({ "X-API-Key": "nobody" }, open))).toBe("unauthenticated");
  });
});
