import { describe, expect, it } from "vitest";
import {
  authenticate,
  parseKeys,
  requireScope,
  SCOPES,
  type Credential,
} from "../../../src/http/middleware/auth";
import { ProblemError } from "../../../src/http/problem";

/** SHA-256 of "demo" begins so. */
const DEMO_ID = "2a97516c354b";

function only(list: string): Credential {
  const [credential, ...others] = parseKeys(list, ["stock:read"]).values();
  if (!credential || others.length > 0) throw new Error("one key was meant");
  return credential;
}

describe("a list of keys", () => {
  it("is read with white space and empty entries", () => {
    expect(parseKeys(" a , ,b,, c ", []).size).toBe(3);
    expect(parseKeys("", []).size).toBe(0);
  });

  it("names a key by the beginning of its digest, never by itself", () => {
    expect(only("demo")).toMatchObject({ id: DEMO_ID, actor: `key:${DEMO_ID}` });
    expect(JSON.stringify([...parseKeys("demo", [])])).not.toContain('"demo"');
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
    expect(() => parseKeys("secret=stok:read", [])).toThrow(/scope/);
    expect(() => parseKeys("secret=stok:read", [])).not.toThrow(/secret/);
  });

  it("hides numbers below zero from storefronts only", () => {
    expect(only("k=catalog:read stock:read reservations:write events:read").clamped).toBe(true);
    expect(only("k=stock:read stock:write").clamped).toBe(false);
    expect(only("k=admin").clamped).toBe(false);
  });
});

function env(variables: object): Env {
  return { API_KEYS: "demo,shop=catalog:read", ADMIN_API_KEYS: "root", ...variables } as Env;
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
  });

  it("may read an open catalog without a key, and nothing else", () => {
    const open = { PUBLIC_CATALOG_READS: "true" };
    expect(ask({}, open)).toMatchObject({ actor: "key:public", clamped: true });
    expect(codeOf(() => authenticate(new Headers(), env(open), "stock:read"))).toBe("unauthenticated");
    expect(codeOf(() => ask({ "X-API-Key": "nobody" }, open))).toBe("unauthenticated");
  });
});
