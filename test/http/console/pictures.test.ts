/** Pictures through this host: of products that there are, of types that run nothing, bounded, kept, and 404 for all else. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env as bound } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../../src/http/app";
import { MAX_PICTURE_BYTES, PICTURE_TIMEOUT_MS } from "../../../src/limits/pictures";
import { call, expectStatus, newId } from "../../acceptance/api";

const app = createApp();
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);

afterEach(() => {
  vi.restoreAllMocks();
});

async function get(path: string, variables: object = {}): Promise<Response> {
  const context = createExecutionContext();
  const env = { ...bound, ...variables } as unknown as Env;
  const answer = await app.fetch(new Request(`https://holdfast.test${path}`), env, context);
  await waitOnExecutionContext(context);
  return answer;
}

/** A product whose catalog entry names this picture; answers the path of it. */
async function withPicture(imageUrl: string | null): Promise<string> {
  const productId = newId("pictured");
  expectStatus(await call("POST /v1/products", { body: { productId, name: "A thing", imageUrl } }), 201);
  return `/console/pictures/${productId}`;
}

/** Answers what is asked outside; the addresses are what was asked for. */
function outside(answer: (init: RequestInit | undefined) => Response | Promise<Response>): string[] {
  const asked: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    asked.push(input instanceof Request ? input.url : String(input));
    return answer(init);
  });
  return asked;
}

function picture(type = "image/png", body: BodyInit = PNG): Response {
  return new Response(body, { headers: { "Content-Type": type } });
}

const address = () => `https://pictures.example/${newId("a")}.png`;

describe("a product's picture", () => {
  it("comes through this host, can run nothing, and is fetched once", async () => {
    const imageUrl = address();
    const asked = outside(() => picture("image/PNG; charset=binary"));
    const path = await withPicture(imageUrl);
    const first = await get(path);
    expect([first.status, [...new Uint8Array(await first.arrayBuffer())]]).toEqual([200, [...PNG]]);
    expect(Object.fromEntries(first.headers)).toMatchObject({
      "cache-control": "public, max-age=3600",
      "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
      "content-type": "image/png",
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
    });
    const again = await get(path);
    expect([again.status, [...new Uint8Array(await again.arrayBuffer())]]).toEqual([200, [...PNG]]);
    expect(asked).toEqual([imageUrl]);
  });

  it("is asked for without following redirects, and carries no key along", async () => {
    let sent: RequestInit | undefined;
    outside((init) => {
      sent = init;
      return new Response(null, { status: 302, headers: { Location: "http://169.254.169.254/" } });
    });
    expect((await get(await withPicture(address()))).status).toBe(404);
    expect(sent?.redirect).toBe("manual");
    const names = [...new Headers(sent?.headers).keys()];
    expect(names.toSorted()).toEqual(["accept", "user-agent"]);
  });

  it.each([
    ["is an error", () => new Response("gone", { status: 500, headers: { "Content-Type": "image/png" } })],
    ["is a page", () => picture("text/html", "<script>")],
    ["may carry scripts", () => picture("image/svg+xml", "<svg/>")],
    ["has no type", () => new Response(PNG)],
    ["is too big", () => picture("image/png", new Uint8Array(MAX_PICTURE_BYTES + 1))],
    [
      "says that it is too big",
      () =>
        new Response(PNG, {
          headers: { "Content-Type": "image/png", "Content-Length": String(MAX_PICTURE_BYTES + 1) },
        }),
    ],
    ["breaks off", () => Promise.reject(new Error("connection reset"))],
  ])("that %s is 404, and is not asked for again at once", async (_, answer) => {
    const asked = outside(answer);
    const path = await withPicture(address());
    const missing = await get(path);
    expect([missing.status, missing.headers.get("Cache-Control")]).toEqual([404, "public, max-age=300"]);
    expect((await get(path)).status).toBe(404);
    expect(asked).toHaveLength(1);
  });

  it("of exactly the greatest size is shown", async () => {
    outside(() => picture("image/webp", new Uint8Array(MAX_PICTURE_BYTES)));
    const answer = await get(await withPicture(address()));
    expect([answer.status, (await answer.arrayBuffer()).byteLength]).toEqual([200, MAX_PICTURE_BYTES]);
  });

  it("that does not come in time is 404", async () => {
    outside(() => new Promise<Response>(() => {}));
    const path = await withPicture(address());
    const askedAt = performance.now();
    expect((await get(path)).status).toBe(404);
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(PICTURE_TIMEOUT_MS - 50);
  });

  it.each([
    "http://pictures.example/a.png",
    "https://127.0.0.1/a.png",
    "https://169.254.169.254/latest/meta-data",
    "https://user:word@pictures.example/a.png",
    "https://intranet/a.png",
  ])("at %s is not asked for", async (imageUrl) => {
    const asked = outside(() => picture());
    const path = await withPicture(imageUrl);
    expect((await get(path, { WEBHOOK_ALLOW_LOCALHOST: "false" })).status).toBe(404);
    expect(asked).toEqual([]);
  });

  it("is 404 without a product, without an address, and without an id", async () => {
    const asked = outside(() => picture());
    for (const path of [
      "/console/pictures/NO-SUCH-PRODUCT",
      await withPicture(null),
      "/console/pictures/%20",
      `/console/pictures/${"x".repeat(65)}`,
    ])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    expect(asked).toEqual([]);
  });

  it("is counted as a request of its address", async () => {
    outside(() => picture());
    const path = await withPicture(address());
    const limits = {
      RATE_LIMIT_ENABLED: "true",
      RATE_LIMIT_REQUESTS_PER_MINUTE: "2",
      RATE_LIMITER: { limit: () => Promise.resolve({ success: true }) },
    };
    const env = { ...bound, ...limits } as unknown as Env;
    const statuses: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      const context = createExecutionContext();
      const request = new Request(`https://holdfast.test${path}`, {
        headers: { "CF-Connecting-IP": "203.0.113.9" },
      });
      statuses.push((await app.fetch(request, env, context)).status);
      await waitOnExecutionContext(context);
    }
    expect(statuses).toEqual([200, 200, 429]);
  });
});
