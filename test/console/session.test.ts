/** Who is signed in: the key stays in its tab, and a page is not lost when a key stops working. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { KeySelf } from "../../src/client/wire-operation.ts";

const stored = new Map<string, string>();
vi.stubGlobal("sessionStorage", {
  getItem: (name: string) => stored.get(name) ?? null,
  setItem: (name: string, value: string) => stored.set(name, value),
  removeItem: (name: string) => stored.delete(name),
});

function whose(keyId: string, ...scopes: KeySelf["scopes"]): KeySelf {
  return { keyId, name: keyId, scopes, origins: null, expiresAt: null };
}

/** As a page that is just being loaded. */
async function loaded() {
  vi.resetModules();
  return import("../../src/console/session.ts");
}

beforeEach(() => stored.clear());

describe("a session", () => {
  it("begins with a key, and goes on when the page is loaded again", async () => {
    const first = await loaded();
    expect(first.isSignedIn.value).toBe(false);
    first.begin("secret-key", whose("staff", "stock:read"));
    expect([first.isSignedIn.value, first.currentKey()]).toEqual([true, "secret-key"]);
    const second = await loaded();
    expect([second.isSignedIn.value, second.currentKey(), second.self.value]).toEqual([
      true,
      "secret-key",
      undefined,
    ]);
  });

  it("ends without a trace", async () => {
    const session = await loaded();
    session.begin("secret-key", whose("staff"));
    const before = session.sessionNumber.value;
    session.signOut();
    expect([session.isSignedIn.value, session.currentKey(), session.self.value]).toEqual([
      false,
      "",
      undefined,
    ]);
    expect([...stored]).toEqual([]);
    expect(session.sessionNumber.value).toBeGreaterThan(before);
  });

  it("whose key is refused asks for one, and keeps its page", async () => {
    const session = await loaded();
    session.refused();
    expect(session.isRefused.value).toBe(false);
    session.begin("old-key", whose("staff"));
    session.refused();
    expect([session.isRefused.value, session.isSignedIn.value]).toEqual([true, true]);
    const before = session.sessionNumber.value;
    session.begin("new-key", whose("staff"));
    expect([session.isRefused.value, session.currentKey()]).toEqual([false, "new-key"]);
    // The page and what was typed in it stay, also for a key that replaces the one that was refused.
    expect(session.sessionNumber.value).toBe(before);
    session.refused();
    session.begin("rotated-key", whose("staff-2"));
    expect(session.sessionNumber.value).toBe(before);
  });

  it("of another key is shown nothing that an earlier one loaded", async () => {
    const session = await loaded();
    session.begin("a-key", whose("staff"));
    const before = session.sessionNumber.value;
    session.signOut();
    session.begin("b-key", whose("intern"));
    expect(session.sessionNumber.value).toBeGreaterThan(before);
  });

  it("lacks no scope while nobody knows what the key may do", async () => {
    const session = await loaded();
    expect(session.lacks("stock:write")).toBe(false);
    session.begin("a-key", whose("shop", "stock:read"));
    expect([session.lacks("stock:write"), session.lacks("stock:read")]).toEqual([true, false]);
    session.begin("b-key", whose("root", "admin"));
    expect(session.lacks("stock:write")).toBe(false);
  });

  it("works in a browser that keeps nothing", async () => {
    vi.stubGlobal("sessionStorage", undefined);
    const session = await loaded();
    session.begin("secret-key", whose("staff"));
    expect(session.currentKey()).toBe("secret-key");
    session.signOut();
    expect(session.isSignedIn.value).toBe(false);
  });
});
