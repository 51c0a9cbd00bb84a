/** What is behind the Worker may be away or slow; /health answers. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { requireBookSchema } from "../../../src/d1/book-schema";
import { createApp } from "../../../src/http/app";

const app = createApp();

/** A book that answers the question for its newest migration so. */
function bookThat(first: () => Promise<unknown>) {
  const asked = vi.fn(first);
  const binding = { prepare: () => ({ bind: () => ({ first: asked }) }) } as unknown as D1Database;
  return { asked, binding };
}

async function health(binding: D1Database): Promise<{ body: unknown; tookMs: number }> {
  const startedAt = Date.now();
  const ctx = createExecutionContext();
  const env = { BOOK: binding } as unknown as Env;
  const answer = await app.fetch(new Request("https://holdfast.test/health"), env, ctx);
  const tookMs = Date.now() - startedAt;
  expect(answer.status).toBe(200);
  const body = await answer.json();
  void waitOnExecutionContext(ctx);
  return { body, tookMs };
}

const never = () => new Promise<never>(() => undefined);

describe("health", () => {
  it("waits at most half a second for a book that does not answer, and only the first time", async () => {
    const { binding } = bookThat(never);
    const first = await health(binding);
    expect(first.body).toEqual({ status: "healthy" });
    expect(first.tookMs).toBeLessThan(900);
    expect((await health(binding)).tookMs).toBeLessThan(100);
  });

  it("answers while the book fails", async () => {
    const { binding } = bookThat(() => Promise.reject(new Error("D1_ERROR: Network connection lost.")));
    expect((await health(binding)).body).toEqual({ status: "healthy" });
  });

  it("asks the book once when it is as it should be", async () => {
    const { binding, asked } = bookThat(() => Promise.resolve({ 1: 1 }));
    for (let times = 0; times < 3; times += 1) {
      expect((await health(binding)).body).toEqual({ status: "healthy" });
    }
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it("sees by itself that the book has been migrated", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    let row: unknown = null;
    const { binding, asked } = bookThat(() => Promise.resolve(row));
    expect((await health(binding)).body).toEqual({ status: "degraded", book: "not_migrated" });
    row = { 1: 1 };
    expect((await health(binding)).body).toEqual({ status: "degraded", book: "not_migrated" });
    expect(asked).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1001);
    await health(binding);
    await vi.waitFor(async () => expect((await health(binding)).body).toEqual({ status: "healthy" }));
    vi.useRealTimers();
  });
});

describe("the schema of the book", () => {
  it("is asked for again once a second while it is wrong, by whoever comes first", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { binding, asked } = bookThat(() => Promise.resolve(null));
    const ask = () => requireBookSchema(binding).catch((error: unknown) => String(error));
    expect(await ask()).toContain("not migrated");
    vi.advanceTimersByTime(1001);
    const answers = await Promise.all(Array.from({ length: 50 }, ask));
    expect(answers.filter((answer) => answer?.includes("not migrated"))).toHaveLength(50);
    expect(asked).toHaveBeenCalledTimes(2);
    vi.useRealTimers();
  });

  it("is wrong where nothing was ever applied, and unknown where the book fails", async () => {
    const bare = bookThat(() =>
      Promise.reject(new Error("D1_ERROR: no such table: d1_migrations: SQLITE_ERROR")),
    );
    await expect(requireBookSchema(bare.binding)).rejects.toThrow("not migrated");
    const away = bookThat(() => Promise.reject(new Error("D1_ERROR: Network connection lost.")));
    await expect(requireBookSchema(away.binding)).rejects.toThrow("Network connection lost");
  });
});
