import { describe, expect, it, vi } from "vitest";
import { MAX_DELIVERY_ERROR_CHARS } from "../../../src/limits";
import { attempt, type AttemptDeps } from "../../../src/objects/webhook/attempt";
import { newSecret } from "../../../src/objects/webhook/secrets";

const target = { url: "https://hooks.example.com/in", secrets: [{ secret: newSecret(), until: null }] };
const message = { messageId: "evt_7", body: '{"type":"stock.low"}' };

function attemptAt(fetch: AttemptDeps["fetch"], more: Partial<AttemptDeps & { url: string }> = {}) {
  const { url = target.url, ...deps } = more;
  const all = { fetch, timeoutMs: 100, allowsLocalhost: false, ...deps };
  return attempt(all, { ...target, url }, message);
}

describe("an attempt", () => {
  it.each([200, 201, 202, 204, 299])("that is answered %d has delivered", async (status) => {
    const answer = new Response(null, { status });
    const made = await attemptAt(() => Promise.resolve(answer));
    expect(made).toMatchObject({ delivered: true, httpStatus: status, error: null, gone: false });
  });

  it.each([
    [300, "answered 300: redirects are not followed", false],
    [304, "answered 304: redirects are not followed", false],
    [307, "answered 307: redirects are not followed", false],
    [400, "answered 400", false],
    [404, "answered 404", false],
    [410, "answered 410", true],
    [429, "answered 429", false],
    [500, "answered 500", false],
  ])("that is answered %d has failed", async (status, error, gone) => {
    const made = await attemptAt(() => Promise.resolve(new Response(null, { status })));
    expect(made).toMatchObject({ delivered: false, httpStatus: status, error, gone, retryAfterMs: 0 });
  });

  it.each([
    [429, 30_000],
    [503, 30_000],
    [500, 0],
    [410, 0],
  ])("that is answered %d with Retry-After is to wait %d ms", async (status, retryAfterMs) => {
    const answer = new Response(null, { status, headers: { "Retry-After": "30" } });
    expect(await attemptAt(() => Promise.resolve(answer))).toMatchObject({ retryAfterMs });
  });

  it("is given up when there is no answer in time, and the request is ended", async () => {
    let signal: AbortSignal | null | undefined;
    const made = await attemptAt((_, init) => {
      signal = init.signal;
      return new Promise(() => {});
    });
    expect(made).toMatchObject({ delivered: false, httpStatus: null });
    expect(made.error).toBe("the endpoint did not answer within 100 ms");
    expect(made.durationMs).toBeGreaterThanOrEqual(90);
    expect(signal?.aborted).toBe(true);
  });

  it("does not wait for the end of an answer", async () => {
    const cancelled = vi.fn<() => void>();
    const endless = new ReadableStream({ cancel: cancelled });
    const made = await attemptAt(() => Promise.resolve(new Response(endless)));
    expect(made.delivered).toBe(true);
    expect(cancelled).toHaveBeenCalledOnce();
  });

  it("that finds nobody says why, and not at length", async () => {
    const made = await attemptAt(() => Promise.reject(new Error("x".repeat(1000))));
    expect(made).toMatchObject({
      delivered: false,
      httpStatus: null,
      error: "x".repeat(MAX_DELIVERY_ERROR_CHARS),
    });
    // oxlint-disable-next-line prefer-promise-reject-errors -- what is not an Error is told too
    expect(await attemptAt(() => Promise.reject("broken"))).toMatchObject({ error: "broken" });
  });

  it("is not made to a URL that may not be called any more", async () => {
    const fetch = vi.fn<AttemptDeps["fetch"]>();
    const url = "http://localhost:8080/in";
    const made = await attemptAt(fetch, { url });
    expect(made).toMatchObject({ delivered: false, error: "not sent: the URL must begin with https://" });
    expect(fetch).not.toHaveBeenCalled();
    fetch.mockResolvedValue(new Response());
    expect(await attemptAt(fetch, { url, allowsLocalhost: true })).toMatchObject({ delivered: true });
  });
});
