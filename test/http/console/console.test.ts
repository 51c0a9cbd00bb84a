/** The console as the browser gets it: the shell at every path of its own, built files, and what no build means. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env as bound } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createApp } from "../../../src/http/app";

const app = createApp();
const ETAG = '"shell-1"';

/** Files as the platform serves them: an index at its directory, conditional requests, redirects for the rest. */
const FILES: Record<string, { type: string; text: string }> = {
  "/console/": { type: "text/html", text: "<!doctype html><title>Holdfast</title>" },
  "/console/assets/main-ABC.js": { type: "text/javascript", text: "run()" },
};

function assetsOf(files: typeof FILES) {
  return {
    fetch: (request: Request) => {
      const file = files[new URL(request.url).pathname];
      if (!file) return Promise.resolve(new Response("no such file", { status: 404 }));
      const headers = { ETag: ETAG, "Content-Type": file.type, "Cache-Control": "public, max-age=0" };
      if (request.headers.get("If-None-Match") === ETAG)
        return Promise.resolve(new Response(null, { status: 304, headers }));
      return Promise.resolve(new Response(file.text, { headers }));
    },
  };
}

interface Asked extends RequestInit {
  files?: typeof FILES;
  variables?: Partial<Record<keyof Env, string>>;
}

async function get(path: string, { files = FILES, variables = {}, ...init }: Asked = {}): Promise<Response> {
  const env = { ...bound, ...variables, ASSETS: assetsOf(files) } as unknown as Env;
  const context = createExecutionContext();
  const answer = await app.fetch(new Request(`https://holdfast.test${path}`, init), env, context);
  await waitOnExecutionContext(context);
  return answer;
}

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
  "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

describe("the shell", () => {
  it.each(["/", "/?q=falcon", "/console", "/console/", "/console/products/10.5-a.js", "/console/orders/a/b"])(
    "answers at %s, without a key",
    async (path) => {
      const answer = await get(path);
      expect([answer.status, await answer.text()]).toEqual([200, FILES["/console/"]?.text]);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "cache-control": "no-cache",
        "content-security-policy": POLICY,
        "content-type": "text/html; charset=utf-8",
        "cross-origin-opener-policy": "same-origin",
        etag: ETAG,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
      });
      expect(answer.headers.get("Permissions-Policy")).toMatch(/\bcamera=\(\).*\bgeolocation=\(\)/);
      expect(answer.headers.get("X-Request-Id")).not.toBeNull();
    },
  );

  it("is not sent again to whoever has it", async () => {
    const answer = await get("/", { headers: { "If-None-Match": ETAG } });
    expect([answer.status, await answer.text(), answer.headers.get("ETag")]).toEqual([304, "", ETAG]);
    expect(answer.headers.get("Content-Security-Policy")).toBe(POLICY);
  });

  it("that was not built is 503, and says how it is", async () => {
    for (const path of ["/", "/console/holds"]) {
      const answer = await get(path, { files: {} });
      expect(answer.status).toBe(503);
      expect(await answer.text()).toContain("npm run build:console");
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
      expect(answer.headers.get("ETag")).toBeNull();
    }
  });

  it("takes nothing but being read", async () => {
    expect((await get("/", { method: "HEAD" })).status).toBe(200);
    const answer = await get("/", { method: "POST" });
    expect([answer.status, answer.headers.get("Allow")]).toEqual([405, "GET, HEAD"]);
  });
});

describe("a built file", () => {
  it("is kept for ever, since its name has a hash", async () => {
    const answer = await get("/console/assets/main-ABC.js");
    expect([answer.status, await answer.text()]).toEqual([200, "run()"]);
    expect(answer.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    expect(answer.headers.get("Content-Type")).toBe("text/javascript");
    expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
  });

  it("that is not there is a problem, and is not kept", async () => {
    const answer = await get("/console/assets/main-OLD.js");
    expect([answer.status, answer.headers.get("Cache-Control")]).toEqual([404, "no-store"]);
    expect(await answer.json()).toMatchObject({ code: "route_not_found" });
  });
});

describe("a product's view in a browser that has no key", () => {
  const navigation = { headers: { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };
  const VIEWS = [
    "/v1/products/75192-1",
    "/inventory/75192",
    "/brick-api/inventory/75192",
    "/inventory/assets",
    "/inventory/assets/search?q=btc",
    "/inventory/assets/bitcoin",
  ];

  it.each(VIEWS)("at %s is the console, which asks for one", async (path) => {
    const answer = await get(path, navigation);
    expect([answer.status, await answer.text()]).toEqual([200, FILES["/console/"]?.text]);
    expect(answer.headers.get("Content-Security-Policy")).toBe(POLICY);
    expect(answer.headers.get("Vary")).toContain("Accept");
  });

  it.each(VIEWS)("at %s is a problem to a program", async (path) => {
    const answer = await get(path, { headers: { Accept: "application/json" } });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: "unauthenticated" });
  });

  it("is the page, where the catalog is open to everybody", async () => {
    const variables = { PUBLIC_CATALOG_READS: "true" };
    const answer = await get("/inventory/assets", { ...navigation, variables });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('<main id="content">');
  });

  it("is a problem that says so, with a key that is not known", async () => {
    const headers = { ...navigation.headers, "X-API-Key": "no-such-key" };
    expect((await get("/inventory/75192", { headers })).status).toBe(401);
  });
});
