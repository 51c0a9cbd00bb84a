import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { KEY_USE_SPACING_MS, KEYS_AGE, KEYS_READ } from "../../src/limits/keys";
import * as api from "./api";
import { ADMIN, call, expectProblem, expectStatus } from "./api";
import { askForKey, fromPage, newKey, PAGE_ORIGIN, rotate, type ManagedKey } from "./key-api";

const READS = { scopes: ["catalog:read", "stock:read"] };
const SELLS = { scopes: ["catalog:read", "stock:read", "reservations:write"] };
const SELF = "GET /v1/keys/self";

function self(key: string, headers: Record<string, string> = {}) {
  return call<{ keyId: string }>(SELF, { key, headers });
}

async function listed(keyId: string): Promise<ManagedKey | undefined> {
  const keys = await api.everyItem<ManagedKey>("/v1/admin/keys?limit=2", ADMIN);
  return keys.find((one) => one.keyId === keyId);
}

/** What the book has of keys, as text. */
async function storedKeys(): Promise<string> {
  return JSON.stringify((await env.BOOK.prepare("SELECT * FROM api_keys").all()).results);
}

/** The answers that are kept for a repeat of their requests, as they are stored. */
async function keptBodies(): Promise<string[]> {
  const ids = await listDurableObjectIds(env.IDEMPOTENCY);
  const bodies = await Promise.all(
    ids.map((id) =>
      runInDurableObject(env.IDEMPOTENCY.get(id), (_, { storage: { sql } }) => {
        // Those of other test files are empty.
        const hasTable = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'body'").toArray().length > 0;
        return hasTable ? sql.exec<{ bytes: ArrayBuffer }>("SELECT bytes FROM body").toArray() : [];
      }),
    ),
  );
  return bodies.flat().map(({ bytes }) => Buffer.from(bytes).toString("latin1"));
}

/** As another isolate sees it, which knows nothing of what was changed here: only the clock goes on. */
function advance(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a managed key", () => {
  it("is shown once, works at once, and is stored as its digest alone", async () => {
    const answer = await askForKey({ name: "till 7", ...SELLS });
    const { key, ...made } = expectStatus(answer, 201);
    expect(key).toMatch(/^hf_live_[\w-]{43}$/);
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    expect(made).toMatchObject({ name: "till 7", kind: "secret", ...SELLS, origins: null, status: "active" });
    expect(expectStatus(await self(key), 200)).toEqual({
      keyId: made.keyId,
      name: "till 7",
      ...SELLS,
      origins: null,
      expiresAt: null,
    });
    expect(await listed(made.keyId)).toMatchObject({ keyId: made.keyId, name: "till 7" });
    expect(JSON.stringify(await listed(made.keyId))).not.toContain(key.slice(8));
    expect(await storedKeys()).not.toContain(key.slice(8));
    expectProblem(await self(`${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`), 401);
  });

  it("is named by its id in events, and owns what it made through a rotation", async () => {
    const { key, keyId } = await newKey(SELLS);
    const productId = await api.newProduct(5);
    const held = expectStatus(await api.reserve(productId, { quantity: 1 }, { key }), 201);
    const log = await api.history(productId);
    expect(log.at(-1)?.actor).toBe(`key:${keyId}`);
    const rotated = expectStatus(await rotate(keyId, 0), 201);
    expect(rotated).toMatchObject({ keyId, ...SELLS, olderWorksUntil: null });
    expect(rotated.key).not.toBe(key);
    expectProblem(await self(key), 401, "unauthenticated");
    const own = { key: rotated.key };
    expectStatus(await call(`GET /v1/reservations/${held.reservationId}`, own), 200);
    expectStatus(await call(`DELETE /v1/reservations/${held.reservationId}`, own), 200);
  });

  it("works as it was until the overlap is over", async () => {
    const { key, keyId } = await newKey(READS);
    const rotated = expectStatus(await rotate(keyId, 3600), 201);
    expect(Date.parse(rotated.olderWorksUntil ?? "")).toBeGreaterThan(Date.now() + 3_500_000);
    for (const one of [key, rotated.key]) expectStatus(await self(one), 200);
    advance(3_600_001);
    expectProblem(await self(key), 401);
    expectStatus(await self(rotated.key), 200);
  });

  it("that expires does not live longer for being rotated", async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const { key, keyId } = await newKey({ ...READS, expiresAt });
    expect(expectStatus(await self(key), 200)).toMatchObject({ expiresAt });
    const rotated = expectStatus(await rotate(keyId, 3600), 201);
    expect(rotated).toMatchObject({ expiresAt, olderWorksUntil: expiresAt });
    advance(60_000);
    for (const one of [key, rotated.key]) expectProblem(await self(one), 401);
    expectProblem(await rotate(keyId, 0), 404);
    expect(await listed(keyId)).toMatchObject({ status: "expired" });
  });

  it("that expires is refused from that moment on, though it was known a moment before", async () => {
    const lifeMs = KEYS_AGE.refreshMs / 2;
    const { key } = await newKey({ ...READS, expiresAt: new Date(Date.now() + lifeMs).toISOString() });
    expectStatus(await self(key), 200);
    advance(lifeMs);
    expectProblem(await self(key), 401);
  });

  it("works no more once it is revoked, as it is and as it was", async () => {
    const { key, keyId } = await newKey(READS);
    const rotated = expectStatus(await rotate(keyId, 3600), 201);
    for (const one of [key, rotated.key]) expectStatus(await self(one), 200);
    expectStatus(await call(`DELETE /v1/admin/keys/${keyId}`, { key: ADMIN }), 204);
    for (const one of [key, rotated.key]) expectProblem(await self(one), 401);
    expect(await listed(keyId)).toMatchObject({ status: "revoked", olderWorksUntil: null });
    expectProblem(await rotate(keyId, 0), 404, "route_not_found");
    expectStatus(await call(`DELETE /v1/admin/keys/${keyId}`, { key: ADMIN }), 204);
  });

  it("of an administrator makes others; without the scope it does not", async () => {
    const { key } = await newKey({ scopes: ["admin"] });
    const body = { name: "another", ...READS };
    expectStatus(await call("POST /v1/admin/keys", { key, body }), 201);
    const { key: reader } = await newKey(READS);
    expectProblem(await call("POST /v1/admin/keys", { key: reader, body }), 403);
  });

  it.each([
    [{ name: "x" }, "body.scopes"],
    [{ name: "x", scopes: [] }, "body.scopes"],
    [{ name: "x", scopes: ["stok:read"] }, "body.scopes[0]"],
    [{ ...READS }, "body.name"],
    [{ name: "x", ...READS, origins: [] }, "body.origins"],
    [{ name: "x", ...READS, origins: ["https://shop.example/"] }, "body.origins[0]"],
    [{ name: "x", ...READS, origins: ["*"] }, "body.origins[0]"],
    [{ name: "x", ...READS, kind: "publishable" }, "body.origins"],
    [{ name: "x", scopes: ["stock:write"], origins: [PAGE_ORIGIN] }, "body.scopes"],
    [{ name: "x", ...READS, expiresAt: "2020-01-01T00:00:00.000Z" }, "body.expiresAt"],
    [{ name: "x", ...READS, key: "mine" }, "body.key"],
  ])("is not made of %j", async (body, path) => {
    const { errors } = expectProblem(await askForKey(body), 400, "validation_failed");
    expect(errors.map((error) => error.path)).toContain(path);
  });

  it("is not known by what is none", async () => {
    for (const route of ["DELETE /v1/admin/keys/nobody", "POST /v1/admin/keys/nobody/rotate"]) {
      const body = route.startsWith("POST") ? { body: { overlapSeconds: 0 } } : {};
      expectProblem(await call(route, { key: ADMIN, ...body }), 404, "route_not_found");
    }
  });
});

describe("a key made under an idempotency key", () => {
  it("is made once and answered again, and the answer cannot be read where it is kept", async () => {
    const headers = { "Idempotency-Key": api.newId("make") };
    const first = await askForKey({ name: "once", ...READS }, headers);
    const again = await askForKey({ name: "once", ...READS }, headers);
    const made = expectStatus(first, 201);
    expect(expectStatus(again, 201)).toEqual(made);
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(again.headers.get("Cache-Control")).toBe("no-store");
    const keys = await api.everyItem<ManagedKey>("/v1/admin/keys", ADMIN);
    expect(keys.filter(({ keyId }) => keyId === made.keyId)).toHaveLength(1);
    const kept = await keptBodies();
    expect(kept).not.toHaveLength(0);
    for (const body of kept) expect(body).not.toContain(made.key.slice(8));
    expectProblem(await askForKey({ name: "other", ...READS }, headers), 422, "idempotency_key_reused");
  });

  it("is rotated once", async () => {
    const { key, keyId } = await newKey(READS);
    const headers = { "Idempotency-Key": api.newId("rotate") };
    const first = expectStatus(await rotate(keyId, 60, headers), 201);
    expect(expectStatus(await rotate(keyId, 60, headers), 201)).toEqual(first);
    for (const one of [key, first.key]) expectStatus(await self(one), 200);
  });

  it("whose request died before its answer was kept is made anew in the place of the one nobody has", async () => {
    const headers = { "Idempotency-Key": api.newId("crash") };
    const batch = env.BOOK.batch.bind(env.BOOK);
    const dying = vi.spyOn(env.BOOK, "batch").mockImplementationOnce(async (statements) => {
      await batch(statements);
      throw new Error("Network connection lost.");
    });
    expectProblem(await askForKey({ name: "crashed", ...READS }, headers), 503);
    dying.mockRestore();
    const { key, keyId } = expectStatus(await askForKey({ name: "crashed", ...READS }, headers), 201);
    expectStatus(await self(key), 200);
    const keys = await api.everyItem<ManagedKey>("/v1/admin/keys", ADMIN);
    expect(keys.filter(({ name }) => name === "crashed").map((one) => one.keyId)).toEqual([keyId]);
  });
});

describe("a publishable key", () => {
  it("reads from pages of its origins and from nowhere else", async () => {
    const { key, kind, scopes } = await newKey({ origins: [PAGE_ORIGIN] });
    expect({ kind, scopes }).toEqual({ kind: "publishable", ...READS });
    expect(key).toMatch(/^hf_pub_/);
    const productId = await api.newProduct(1);
    const read = (headers = {}) => call(`GET /v1/inventory/${productId}`, { key, headers });
    expectStatus(await read(fromPage(PAGE_ORIGIN).headers), 200);
    for (const origin of ["https://evil.example", "http://shop.example", `${PAGE_ORIGIN}.evil`, "null"])
      expectProblem(await read({ Origin: origin }), 403, "forbidden");
    expectProblem(await read(), 403, "forbidden");
  });

  it("that sells finds single reservations, and lists none: all that see the page have it", async () => {
    const { key } = await newKey({ ...SELLS, origins: [PAGE_ORIGIN] });
    const page = { key, ...fromPage(PAGE_ORIGIN) };
    const productId = await api.newProduct(3);
    const held = expectStatus(await api.reserve(productId, { quantity: 1 }, page), 201);
    expectStatus(await call(`GET /v1/reservations/${held.reservationId}`, page), 200);
    expectProblem(await call("GET /v1/reservations", page), 403, "forbidden");
  });
});

describe("what an isolate knows of keys", () => {
  const counted = () => vi.spyOn(env.BOOK, "prepare");
  const reads = (prepare: ReturnType<typeof counted>) =>
    prepare.mock.calls.filter(([sql]) => sql.includes("FROM api_keys") && sql.startsWith("SELECT")).length;
  /** Behind the isolate's back. */
  const revokeElsewhere = (keyId: string) =>
    env.BOOK.prepare("UPDATE api_keys SET revoked_at_ms = 1 WHERE key_id = ?").bind(keyId).run();

  /** Whoever else asks the book is answered. */
  function keysFail(how: () => D1PreparedStatement): void {
    const prepare = env.BOOK.prepare.bind(env.BOOK);
    const broken = (sql: string) => (sql.includes("api_keys") ? how() : prepare(sql));
    vi.spyOn(env.BOOK, "prepare").mockImplementation(broken);
  }

  it("lets a known key pass without asking, and is true within the declared time", async () => {
    const { key, keyId } = await newKey(READS);
    expectStatus(await self(key), 200);
    await revokeElsewhere(keyId);
    const prepare = counted();
    for (let n = 0; n < 20; n += 1) expectStatus(await self(key), 200);
    expect(reads(prepare)).toBe(0);
    advance(KEYS_AGE.maxMs);
    expectProblem(await self(key), 401, "unauthenticated");
    expect(reads(prepare)).toBe(1);
  });

  it("is read again beside a request before it is too old", async () => {
    const { key, keyId } = await newKey(READS);
    expectStatus(await self(key), 200);
    await revokeElsewhere(keyId);
    advance(KEYS_AGE.refreshMs);
    expectStatus(await self(key), 200);
    await api.eventually(
      () => self(key),
      ({ status }) => expect(status).toBe(401),
    );
  });

  it("does not read for each key that is guessed, and never for what cannot be one", async () => {
    const { key } = await newKey(READS);
    expectStatus(await self(key), 200);
    const prepare = counted();
    for (let n = 0; n < 50; n += 1) expectProblem(await self(`hf_live_${String(n).padStart(43, "x")}`), 401);
    expect(reads(prepare)).toBeLessThanOrEqual(1);
    prepare.mockClear();
    advance(60_000);
    for (const guess of ["hf_live_short", "guess", `hf_root_${"x".repeat(43)}`]) {
      expectProblem(await self(guess), 401);
    }
    expect(reads(prepare)).toBe(0);
  });

  it("is read once or twice when many ask at once, and all are answered", async () => {
    const { key } = await newKey(READS);
    const prepare = counted();
    const answers = await Promise.all(Array.from({ length: 100 }, () => self(key)));
    for (const answer of answers) expectStatus(answer, 200);
    expect(reads(prepare)).toBeLessThanOrEqual(KEYS_READ.atOnce);
    advance(KEYS_AGE.maxMs);
    const later = await Promise.all(Array.from({ length: 100 }, () => self(key)));
    for (const answer of later) expectStatus(answer, 200);
    expect(reads(prepare)).toBeLessThanOrEqual(2 * KEYS_READ.atOnce);
  });

  it("hears soon of a key that was made elsewhere", async () => {
    const { key, keyId } = await newKey(READS);
    await env.BOOK.prepare("UPDATE api_keys SET revoked_at_ms = 1 WHERE key_id = ?").bind(keyId).run();
    expectProblem(await self(key), 401);
    await env.BOOK.prepare("UPDATE api_keys SET revoked_at_ms = NULL WHERE key_id = ?").bind(keyId).run();
    expectProblem(await self(key), 401);
    advance(KEYS_READ.unknownMs);
    expectStatus(await self(key), 200);
  });

  it("goes on while the book is away, for as long as is declared", async () => {
    const { key } = await newKey(READS);
    expectStatus(await self(key), 200);
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    keysFail(() => {
      throw new Error("Network connection lost.");
    });
    advance(KEYS_AGE.maxMs);
    for (let n = 0; n < 3; n += 1) expectStatus(await self(key), 200);
    expect(log.mock.calls.filter(([line]) => String(line).includes("keys not read"))).toHaveLength(1);
    // One that is not known may be one: nobody can say.
    expectProblem(await self(`hf_live_${"x".repeat(43)}`), 503, "book_unavailable");
    expectStatus(await self("shop"), 200);
    advance(KEYS_AGE.keptMs);
    expectProblem(await self(key), 503, "book_unavailable");
    expectStatus(await self("shop"), 200);
  });

  it("does not wait for a book that stalls longer than is declared", async () => {
    const { key } = await newKey(READS);
    expectStatus(await self(key), 200);
    advance(KEYS_AGE.maxMs);
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const stalled: Partial<D1PreparedStatement> = { bind: () => stalled as D1PreparedStatement };
    stalled.all = () => new Promise(() => undefined);
    keysFail(() => stalled as D1PreparedStatement);
    const startedAt = performance.now();
    expectStatus(await self(key), 200);
    expect(performance.now() - startedAt).toBeLessThan(KEYS_READ.timeoutMs + 1000);
    // From then on the book is asked beside the requests.
    advance(KEYS_READ.retryMs);
    const nextAt = performance.now();
    expectStatus(await self(key), 200);
    expect(performance.now() - nextAt).toBeLessThan(KEYS_READ.timeoutMs / 2);
  });

  it("writes that a key is used once in a while", async () => {
    const { key, keyId } = await newKey(READS);
    expect(await listed(keyId)).toMatchObject({ lastUsedAt: null });
    const prepare = counted();
    const writes = () => prepare.mock.calls.filter(([sql]) => sql.includes("SET last_used_at_ms")).length;
    for (let n = 0; n < 10; n += 1) await self(key);
    await api.eventually(
      () => listed(keyId),
      (one) => expect(one?.lastUsedAt).not.toBeNull(),
    );
    expect(writes()).toBe(1);
    advance(KEY_USE_SPACING_MS);
    await self(key);
    expect(writes()).toBe(2);
  });
});
