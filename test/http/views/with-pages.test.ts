/** Who gets a page: by what is accepted, by what the link says, and whether the catalog is open to everybody. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createApp } from "../../../src/http/app";
import { wantsPage } from "../../../src/http/views/with-pages";

const app = createApp();

describe("a page is wanted", () => {
  it.each([
    [null, "", false],
    ["", "", false],
    ["*/*", "", false],
    ["application/json", "", false],
    ["text/html", "", true],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "", true],
    ["text/*;q=0.9, application/json;q=0.5", "", true],
    ["application/json, text/html", "", false],
    ["text/html;q=0.1, application/json;q=0.2", "", false],
    ["image/png", "", false],
    ["text/html", "?format=json", false],
  ])("by %j at %j: %s", (accept, query, wanted) => {
    const headers = accept === null ? {} : { Accept: accept };
    expect(wantsPage(new Request(`https://holdfast.test/inventory/1${query}`, { headers }))).toBe(wanted);
  });
});

describe("where reading is open", () => {
  async function ask(path: string, bindings: object, key?: string): Promise<Response> {
    const headers = { Accept: "text/html", ...(key && { "X-API-Key": key }) };
    const request = new Request(`https://holdfast.test${path}`, { headers });
    return app.fetch(request, { ...env, ...bindings }, createExecutionContext());
  }

  it.each(["/inventory/assets", "/inventory/assets/search?q=x"])(
    "anybody reads the page %s",
    async (path) => {
      const answer = await ask(path, { PUBLIC_CATALOG_READS: "true" });
      expect(answer.status, await answer.text()).toBe(200);
      // Without a key a browser gets the console there.
      expect((await ask(path, {}, "unknown")).status).toBe(401);
    },
  );

  it("anybody learns that a set is not there, and still not how the service is", async () => {
    expect((await ask("/inventory/NO-SUCH", { PUBLIC_CATALOG_READS: "true" })).status).toBe(404);
    expect((await ask("/health/detailed", { PUBLIC_CATALOG_READS: "true" })).status).toBe(401);
  });
});

describe("what fails inside", () => {
  it("is a page that tells nothing of it", async () => {
    const broken = { prepare: () => ({}), withSession: () => ({ prepare: () => ({}) }) };
    const headers = { Accept: "text/html", "X-API-Key": "demo" };
    const request = new Request("https://holdfast.test/inventory/assets", { headers });
    const answer = await app.fetch(
      request,
      { ...env, BOOK: broken } as unknown as Env,
      createExecutionContext(),
    );
    const text = await answer.text();
    expect(answer.status, text).toBe(503);
    expect(answer.headers.get("Retry-After")).toBe("1");
    expect(text).toMatch(/^<!doctype html>.*The book cannot be reached.*Trying again in a moment/s);
  });
});
