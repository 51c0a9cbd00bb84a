import { afterEach, describe, expect, it, vi } from "vitest";
import { retryAfterMs, SourceFailure } from "../../src/sources/failure";
import { fetchText } from "../../src/sources/fetching";
import { fetching, json, type Answer } from "./outside";

afterEach(() => void vi.useRealTimers());

const BOUNDS = { timeoutMs: 200, maxBytes: 1000 };

async function fails(answer: Answer): Promise<SourceFailure> {
  const { fetch } = fetching(answer);
  const request = { url: "https://outside.invalid/x?ids=a", headers: { authorization: "key secret" } };
  const outcome = await fetchText(fetch, request, BOUNDS).catch((error: unknown) => error);
  if (!(outcome instanceof SourceFailure)) return expect.fail(`no failure: ${String(outcome)}`);
  expect(outcome.message).not.toMatch(/secret|outside\.invalid/);
  return outcome;
}

function streamed(start: (controller: ReadableStreamDefaultController<Uint8Array>) => void): Response {
  return new Response(new ReadableStream({ start }), { headers: { "Content-Type": "application/json" } });
}

describe("a GET from outside", () => {
  it("brings the text, sends the headers and follows no redirect", async () => {
    const { fetch, asked } = fetching(() => json('{"a":1}'));
    const text = await fetchText(fetch, {
      url: "https://outside.invalid/x",
      headers: { authorization: "key k" },
    });
    expect(text).toBe('{"a":1}');
    expect(asked[0]?.headers.get("authorization")).toBe("key k");
    expect(asked[0]?.init.redirect).toBe("manual");
    expect(asked[0]?.url.href).not.toContain("key");
  });

  it.each([
    [500, "unavailable"],
    [502, "unavailable"],
    [503, "unavailable"],
    [429, "rate_limited"],
    [401, "key_refused"],
    [403, "key_refused"],
    [404, "not_found"],
    [400, "bad_answer"],
    [422, "bad_answer"],
    [302, "bad_answer"],
    [204, "bad_answer"],
  ])("takes %d as %s", async (status, kind) => {
    const answer = () => new Response(null, { status, headers: { Location: "https://elsewhere.invalid/" } });
    expect(await fails(answer)).toMatchObject({ kind, retryAfterMs: 0 });
  });

  it.each([
    "application/json",
    "application/json;charset=utf-8",
    "application/problem+json",
    "Application/JSON",
  ])("reads %s", async (type) => {
    const { fetch } = fetching(() => new Response("1", { headers: { "Content-Type": type } }));
    expect(await fetchText(fetch, { url: "https://outside.invalid/", headers: {} })).toBe("1");
  });

  it.each(["text/html", "text/json-ish", "application/jsonp", ""])("does not read %s", async (type) => {
    const answer = () => new Response("1", { headers: { "Content-Type": type } });
    expect(await fails(answer)).toMatchObject({
      kind: "bad_answer",
      message: expect.stringContaining("not JSON"),
    });
  });

  it("gives up a body that is announced as too long without reading it", async () => {
    let pulled = 0;
    const body = new ReadableStream({ pull: () => void (pulled += 1) }, { highWaterMark: 0 });
    const headers = { "Content-Type": "application/json", "Content-Length": "1001" };
    expect(await fails(() => new Response(body, { headers }))).toMatchObject({ kind: "bad_answer" });
    expect(pulled).toBe(0);
  });

  it("cuts off a body that grows too long, whatever it says", async () => {
    let pieces = 0;
    const body = new ReadableStream({
      pull(controller) {
        pieces += 1;
        if (pieces < 1000) controller.enqueue(new Uint8Array(400));
        else controller.close();
      },
    });
    const answer = () => new Response(body, { headers: { "Content-Type": "application/json" } });
    expect(await fails(answer)).toMatchObject({
      kind: "bad_answer",
      message: expect.stringContaining("1000 bytes"),
    });
    expect(pieces).toBeLessThan(10);
  });

  it("waits for head and body together only so long", async () => {
    const never = new Promise<Response>(() => undefined);
    expect(await fails(() => never)).toMatchObject({ kind: "timed_out" });
    const stalled = () => streamed((controller) => controller.enqueue(new TextEncoder().encode("[")));
    const begunAt = performance.now();
    expect(await fails(stalled)).toMatchObject({ kind: "timed_out" });
    expect(performance.now() - begunAt).toBeLessThan(1000);
  });

  it("ends the request that it has given up", async () => {
    const { fetch, asked } = fetching(() => new Promise<Response>(() => undefined));
    await fetchText(fetch, { url: "https://outside.invalid/", headers: {} }, BOUNDS).catch(() => undefined);
    expect(asked[0]?.init.signal?.aborted).toBe(true);
  });

  it("takes a connection that fails or breaks off as unavailable", async () => {
    expect(await fails(() => Promise.reject(new Error("connect to outside.invalid")))).toMatchObject({
      kind: "unavailable",
    });
    const broken = () => streamed((controller) => controller.error(new Error("reset")));
    expect(await fails(broken)).toMatchObject({ kind: "unavailable" });
  });

  it("refuses what is no UTF-8", async () => {
    const answer = () =>
      new Response(new Uint8Array([0x22, 0xff, 0x22]), { headers: { "Content-Type": "application/json" } });
    expect(await fails(answer)).toMatchObject({ kind: "bad_answer", message: "the answer is not UTF-8" });
  });
});

describe("Retry-After", () => {
  const NOW = Date.parse("2026-01-02T03:04:05Z");

  it.each([
    [null, 0],
    ["7", 7000],
    [" 7 ", 7000],
    ["Fri, 02 Jan 2026 03:04:12 GMT", 7000],
    ["Fri, 02 Jan 2026 03:00:00 GMT", 0],
    ["soon", 0],
    ["-7", 0],
    ["999999999", 100_000],
  ])("%s is %d ms", (header, ms) => {
    expect(retryAfterMs(header, NOW, 100_000)).toBe(ms);
  });

  it.each([429, 503])("is read on %d", async (status) => {
    const answer = () => json({}, { status, headers: { "Retry-After": "7" } });
    expect(await fails(answer)).toMatchObject({ retryAfterMs: 7000 });
  });

  it("is not read on 500", async () => {
    const answer = () => json({}, { status: 500, headers: { "Retry-After": "7" } });
    expect(await fails(answer)).toMatchObject({ retryAfterMs: 0 });
  });
});
