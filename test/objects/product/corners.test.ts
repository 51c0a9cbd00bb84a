/** Corners of a product's object that no route leads to in a hurry: large backlogs, bugs, locks on what is not there. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Command, Envelope, Query, ReadResult, Result } from "../../../src/domain/command";
import { MAX_EXPIRED_PER_BATCH } from "../../../src/limits";

const CREATE: Command = { verb: "create", fields: {}, initial: { locationId: "main", quantity: 1000 } };
const RESERVE: Command = { verb: "reserve", quantity: 1, locationIds: [], anyLocation: true, ttlSeconds: 60 };
const HOLD = { quantity: 1, locationIds: [], anyLocation: true };

let made = 0;

function product() {
  made += 1;
  const productId = `corner-${made}`;
  const stub = env.PRODUCT.getByName(productId);
  const send = (envelopes: Envelope[]) => stub.execute(envelopes) as Promise<Result[]>;
  const run = (...commands: Command[]) =>
    send(commands.map((command) => ({ command, actor: "test", clamped: true })));
  const read = (query: Query) => stub.read(query) as Promise<ReadResult>;
  return { productId, stub, send, run, read };
}

function ulidOf(result: Result | undefined): string {
  if (!result?.ok) throw new Error(JSON.stringify(result));
  return (JSON.parse(result.body) as { reservationId: string }).reservationId.split("~")[1] ?? "";
}

describe("corners of a product's object", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 48 * 3_600_000 });
    vi.spyOn(console, "error").mockReturnValue(undefined);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("B-14: a hold named among more than one sweep can take is expired first, each exactly once", async () => {
    const { stub, run } = product();
    const count = MAX_EXPIRED_PER_BATCH + 100;
    await run(CREATE);
    const first = await run(...Array.from({ length: 400 }, () => RESERVE));
    const rest = await run(...Array.from({ length: count - 400 }, () => RESERVE));
    vi.setSystemTime(Date.now() + 61_000);
    const [last] = [...first, ...rest].toReversed();
    const confirm: Command = { verb: "confirm", ulid: ulidOf(last), ifExpired: "reacquire" };
    const supersede: Command = { ...RESERVE, supersedes: ulidOf(rest.at(-2)) } as Command;
    const [confirmed, superseding] = await run(confirm, supersede);
    expect(confirmed).toMatchObject({ ok: true });
    expect(superseding).toMatchObject({ ok: true });
    vi.setSystemTime(Date.now() + 61_000);
    for (let turn = 0; turn < 3; turn += 1) await stub.wake();
    const rows = await env.BOOK.prepare(
      `SELECT body ->> '$.data.reservationId' AS id, COUNT(*) AS n FROM events
       WHERE product_id = ? AND type = 'reservation.expired' GROUP BY id`,
    )
      .bind(`corner-${made}`)
      .all<{ n: number }>();
    expect(rows.results.map(({ n }) => n)).toEqual(Array.from({ length: count + 1 }, () => 1));
  });

  it("B-14: each of more holds than one sweep can take reads as expired at once", async () => {
    const { run, read } = product();
    await run(CREATE);
    const holds: Result[] = [];
    for (let half = 0; half < 2; half += 1)
      holds.push(...(await run(...Array.from({ length: MAX_EXPIRED_PER_BATCH }, () => RESERVE))));
    vi.setSystemTime(Date.now() + 61_000);
    const last = await read({ view: "reservation", ulid: ulidOf(holds.at(-1)), clamped: false });
    expect(JSON.parse(last.ok ? last.body : "{}")).toMatchObject({ state: "expired", held: 0 });
  });

  it("carries more than memory keeps, by reading the journal back", async () => {
    const { productId, stub, run } = product();
    const away = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("away"));
    const metadata = { note: "x".repeat(4000) };
    await run(CREATE);
    for (let round = 0; round < 3; round += 1) {
      await run(...Array.from({ length: 100 }, () => ({ ...RESERVE, metadata }) as Command));
    }
    await stub.wake();
    away.mockRestore();
    await stub.wake();
    await vi.waitFor(async () => {
      const row = await env.BOOK.prepare(
        "SELECT COUNT(*) AS n, MAX(version) AS v FROM events WHERE product_id = ?",
      )
        .bind(productId)
        .first();
      expect(row).toEqual({ n: 302, v: 302 });
    }, 5000);
  });

  it("a first command that throws leaves nothing, and the next one begins as if it had not been", async () => {
    const { run, read } = product();
    // What no JSON can say passes an RPC and fails in the middle of writing.
    const bug = { verb: "create", fields: { name: "x", attributes: { n: 1n } } } as unknown as Command;
    expect(await run(bug)).toEqual([{ ok: false, refusal: { code: "internal" } }]);
    expect(await read({ view: "stock", clamped: false })).toMatchObject({
      refusal: { code: "product_not_found" },
    });
    expect(await run(CREATE)).toMatchObject([{ ok: true, version: 2 }]);
  });

  it("a lock holds while what the caller saw is what there is", async () => {
    const { run, send } = product();
    await run(CREATE);
    const [held] = await run(RESERVE);
    const ulid = ulidOf(held);
    const locked = async (command: Command, version: number) => {
      const [result] = await send([
        { command, actor: "test", clamped: false, expected: { version, via: "header" } },
      ]);
      return result;
    };
    const edit: Command = { verb: "edit", patch: { name: "New" } };
    expect(await locked(edit, 0)).toMatchObject({ refusal: { code: "version_conflict", current: 2 } });
    expect(await locked(edit, 2), "only stock moved since").toMatchObject({ ok: true, version: 4 });
    expect(await locked(edit, 9), "nobody saw that").toMatchObject({ refusal: { code: "version_conflict" } });
    expect(await locked({ verb: "cancel", ulid: "0".repeat(26) }, 1)).toMatchObject({
      refusal: { code: "reservation_not_found" },
    });
    expect(await locked({ verb: "extend", ulid, ttlSeconds: 90 }, 3)).toMatchObject({ ok: true, version: 5 });
    expect(await locked({ verb: "cancel", ulid }, 3)).toMatchObject({
      refusal: { code: "version_conflict" },
    });
    const absent = product();
    const create: Envelope = {
      command: CREATE,
      actor: "test",
      clamped: false,
      expected: { version: 7, via: "body" },
    };
    expect(await absent.send([create])).toMatchObject([{ ok: true }]);
  });

  it("a check says what a reserve would", async () => {
    const { run, read } = product();
    const check = async (hold: Partial<Extract<Query, { view: "check" }>["hold"]>) => {
      const answer = await read({ view: "check", hold: { ...HOLD, ...hold }, clamped: false });
      return answer.ok ? (JSON.parse(answer.body) as { ok: boolean }).ok : answer.refusal.code;
    };
    await run(CREATE, { verb: "edit", patch: { maxPerCustomer: 2 } });
    expect(await check({})).toBe(true);
    expect(await check({ quantity: 1001 })).toBe(false);
    expect(await check({ quantity: 3, customerId: "c" })).toBe(false);
    expect(await check({ locationIds: ["x"], anyLocation: false })).toBe("level_not_found");
    expect(await check({ anyLocation: false })).toBe("level_not_found");
    await run({ verb: "edit", patch: { status: "suspended" } });
    expect(await check({})).toBe(false);
  });

  it("reads of what is not there say so", async () => {
    const { run, read } = product();
    await run(CREATE);
    expect(await read({ view: "stock", locationId: "x", clamped: true })).toMatchObject({
      refusal: { code: "level_not_found" },
    });
    expect(await read({ view: "stock", locationId: "main", clamped: true })).toMatchObject({ ok: true });
    expect(await read({ view: "reservation", ulid: "0".repeat(26), clamped: true })).toMatchObject({
      refusal: { code: "reservation_not_found" },
    });
    expect(await run({ ...RESERVE, quantity: 2000 } as Command)).toMatchObject([
      { refusal: { code: "insufficient_stock", shortages: [{ available: 1000 }] } },
    ]);
  });
});
