/** The object of a key: what it says to whom, and what survives a crash. */
import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Begun, KeptAnswer } from "../../../src/domain/kept-answer";
import { MAX_ANSWER_CHUNK_BYTES } from "../../../src/limits";

let made = 0;

function newKey() {
  made += 1;
  return env.IDEMPOTENCY.getByName(`test\nkey-${made}`);
}
type Stub = ReturnType<typeof newKey>;

const begin = async (stub: Stub, fingerprint = "A") => (await stub.begin(fingerprint)) as Begun;
const text = (body: string, status = 200): KeptAnswer => ({
  status,
  headers: { "Content-Type": "text/plain" },
  body: new TextEncoder().encode(body),
});

async function turnOf(stub: Stub, fingerprint = "A"): Promise<string> {
  const begun = await begin(stub, fingerprint);
  return begun.state === "first" ? begun.attempt : expect.fail(begun.state);
}

async function answered(stub: Stub): Promise<KeptAnswer> {
  const begun = await begin(stub);
  return begun.state === "answered" ? begun.answer : expect.fail(begun.state);
}

const tables = (stub: Stub) =>
  runInDurableObject(stub, (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_%' ESCAPE '\\'").toArray(),
  );

describe("a key", () => {
  it("keeps the answer of its first request and gives it to the same request, to no other", async () => {
    const stub = newKey();
    expect(await begin(stub)).toMatchObject({ state: "first", resumed: false });
    expect(await stub.finish("A", text("done", 201))).toBeNull();
    expect(await answered(stub)).toEqual(text("done", 201));
    expect(await begin(stub, "B")).toEqual({ state: "reused" });
  });

  it("refuses another request while the first is still running", async () => {
    const stub = newKey();
    await turnOf(stub);
    expect(await begin(stub, "B")).toEqual({ state: "reused" });
  });

  it("lets the same request wait for the answer of the one that runs", async () => {
    const stub = newKey();
    await turnOf(stub);
    const waiting = Array.from({ length: 20 }, () => begin(stub));
    await stub.finish("A", text("one"));
    for (const begun of await Promise.all(waiting)) {
      expect(begun).toEqual({ state: "answered", answer: text("one") });
    }
  });

  it("given up, lets one of those who wait go on; the others wait for that one", async () => {
    const stub = newKey();
    const first = await turnOf(stub);
    const states: string[] = [];
    const waiting = Array.from({ length: 3 }, async () => {
      const begun = await begin(stub);
      states.push(begun.state === "first" ? `first ${begun.resumed}` : begun.state);
      if (begun.state === "first") await stub.finish("A", text("second try"));
    });
    await stub.abandon(first, false);
    await Promise.all(waiting);
    expect(states).toEqual(["first true", "answered", "answered"]);
  });

  it("given up by a request that did nothing is free for any other", async () => {
    const stub = newKey();
    await stub.abandon(await turnOf(stub), true);
    expect(await begin(stub, "B")).toMatchObject({ state: "first", resumed: false });
  });

  it("given up by a request that may have done something stays that request's", async () => {
    const stub = newKey();
    await stub.abandon(await turnOf(stub), false);
    expect(await begin(stub, "B")).toEqual({ state: "reused" });
    expect(await begin(stub)).toMatchObject({ state: "first", resumed: true });
  });

  it("is not given up for a run by one that came before it", async () => {
    const stub = newKey();
    await turnOf(stub);
    await evictDurableObject(stub);
    const second = await turnOf(stub);
    await stub.abandon("another attempt", true);
    const waiting = begin(stub);
    await stub.abandon(second, false);
    expect(await waiting).toMatchObject({ state: "first", resumed: true });
  });

  it.each([
    ["evicted", (stub: Stub) => evictDurableObject(stub)],
    ["aborted", () => abortAllDurableObjects()],
  ])(
    "%s between begin and finish: the same request goes on at once, another is refused",
    async (_, crash) => {
      const key = `crash-${(made += 1)}`;
      await turnOf(env.IDEMPOTENCY.getByName(key));
      await crash(env.IDEMPOTENCY.getByName(key));
      const stub = env.IDEMPOTENCY.getByName(key);
      expect(await begin(stub, "B")).toEqual({ state: "reused" });
      expect(await begin(stub)).toMatchObject({ state: "first", resumed: true });
      expect(await stub.finish("A", text("done"))).toBeNull();
      await evictDurableObject(stub);
      expect(await answered(env.IDEMPOTENCY.getByName(key))).toEqual(text("done"));
    },
  );

  it("that two runs come to an end under has the answer of the first of them", async () => {
    const stub = newKey();
    await turnOf(stub);
    await evictDurableObject(stub);
    await turnOf(stub);
    expect(await stub.finish("A", text("one"))).toBeNull();
    expect(await stub.finish("A", text("two"))).toEqual(text("one"));
    expect(await stub.finish("B", text("three")), "not of this request").toBeNull();
    expect(await answered(stub)).toEqual(text("one"));
  });

  it.each([
    ["none", null],
    ["an empty one", ""],
    ["one of a chunk", "x".repeat(MAX_ANSWER_CHUNK_BYTES)],
    ["one of several chunks, cut anywhere", `a${"ü🚀".repeat(MAX_ANSWER_CHUNK_BYTES / 3)}`],
  ])("gives the body back to the letter: %s", async (_, body) => {
    const stub = newKey();
    await turnOf(stub);
    const answer = body === null ? { ...text("", 204), body } : text(body);
    await stub.finish("A", answer);
    const kept = await answered(stub);
    expect([kept.status, kept.headers]).toEqual([answer.status, answer.headers]);
    expect(kept.body && new TextDecoder().decode(kept.body) === body).toBe(body === null ? null : true);
  });

  it("is forgotten when its time is over, whole and for any request", async () => {
    const stub = newKey();
    await turnOf(stub);
    await stub.finish("A", text("old"));
    const alarm = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
    expect(Math.abs((alarm ?? 0) - Date.now() - 24 * 3_600_000)).toBeLessThan(60_000);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await tables(stub)).toEqual([]);
    expect(await begin(stub, "B")).toMatchObject({ state: "first", resumed: false });
  });

  it("whose time ended while its request ran still keeps the answer", async () => {
    const stub = newKey();
    await turnOf(stub);
    await runDurableObjectAlarm(stub);
    expect(await stub.finish("A", text("late"))).toBeNull();
    expect(await answered(stub)).toEqual(text("late"));
    expect(await runDurableObjectAlarm(stub)).toBe(true);
  });

  it("may be claimed for a request whose answer is not kept", async () => {
    const stub = newKey();
    expect([await stub.claim("A"), await stub.claim("A"), await stub.claim("B")]).toEqual([
      "first",
      "again",
      "reused",
    ]);
    await evictDurableObject(stub);
    expect(await stub.claim("B")).toBe("reused");
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await stub.claim("B")).toBe("first");
  });

  it("that was only given up leaves its alarm to clear the rest", async () => {
    const stub = newKey();
    await stub.abandon(await turnOf(stub), true);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await tables(stub)).toEqual([]);
  });
});
