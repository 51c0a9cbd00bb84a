/** Many reservations resolved in one request; the routes that call this also take orders. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import * as z from "../../../src/http/zod";
import { describe, expect, it } from "vitest";
import type { Command, Envelope, Result } from "../../../src/domain/command";
import { manyResolved, reservationIds, resolveMany } from "../../../src/http/reservations/many";
import { createApp } from "../../../src/http/app";
import { route, routesOf } from "../../../src/http/route";

const confirm = (ulid: string): Command => ({ verb: "confirm", ulid, ifExpired: "reject" });
const release = (ulid: string): Command => ({ verb: "release", ulid });

interface Row {
  index: number;
  reservationId: string;
  applied: boolean;
  replayed?: boolean;
  reservation?: { state: string; reservationId: string };
  code?: string;
  status?: number;
}

interface Answer {
  results: Row[];
  summary: { total: number; applied: number; failed: number };
}

function manyRoute(at: "POST /many/confirm" | "POST /many/release", command: (ulid: string) => Command) {
  return route({
    at,
    summary: at,
    scope: "reservations:write",
    body: z.strictObject({ reservationIds }),
    answers: { 200: { description: "A result per id", schema: manyResolved } },
    handle: (call) => resolveMany(call, call.body.reservationIds, command),
  });
}

const app = createApp(
  routesOf("Reservations", {
    confirm: manyRoute("POST /many/confirm", confirm),
    release: manyRoute("POST /many/release", release),
  }),
);

async function ask(step: "confirm" | "release", ids: string[], key?: string): Promise<Answer> {
  const answer = await send(step, ids, key);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Answer;
}

function send(step: "confirm" | "release", ids: string[], key?: string) {
  const headers = new Headers({ "X-API-Key": "care", "Content-Type": "application/json" });
  if (key !== undefined) headers.set("Idempotency-Key", key);
  const body = JSON.stringify({ reservationIds: ids });
  const request = new Request(`https://holdfast.test/many/${step}`, { method: "POST", headers, body });
  return app.fetch(request, env, createExecutionContext());
}

let made = 0;

async function run(productId: string, command: Command): Promise<Result> {
  const envelope: Envelope = { command, actor: "test", clamped: false };
  const [result] = (await env.PRODUCT.getByName(productId).execute([envelope])) as Result[];
  if (!result?.ok) expect.fail(JSON.stringify(result));
  return result;
}

async function newProduct(): Promise<string> {
  made += 1;
  const productId = `resolve-${made}`;
  await run(productId, { verb: "create", fields: {}, initial: { locationId: "main", quantity: 10 } });
  return productId;
}

async function hold(productId: string): Promise<string> {
  const result = await run(productId, {
    verb: "reserve",
    quantity: 1,
    locationIds: ["main"],
    anyLocation: false,
    ttlSeconds: 60,
  });
  return result.ok ? (JSON.parse(result.body) as { reservationId: string }).reservationId : "";
}

async function stock(productId: string): Promise<{ onHand: number; reserved: number }> {
  const read = (await env.PRODUCT.getByName(productId).read({ view: "stock", clamped: false })) as {
    body: string;
  };
  return JSON.parse(read.body) as { onHand: number; reserved: number };
}

const words = ({ results }: Answer) =>
  results.map(({ applied, code, reservation }) => (applied ? reservation?.state : code));

describe("many reservations", () => {
  it("are resolved each by itself, in the order of the ids", async () => {
    const [a, b] = [await newProduct(), await newProduct()];
    const [a1, b1, a2, gone] = [await hold(a), await hold(b), await hold(a), await hold(b)];
    await run(b, { verb: "cancel", ulid: gone.split("~")[1] ?? "" });
    const unknown = `${a}~01ARZ3NDEKTSV4RRFFQ69G5FAV`;
    const elsewhere = "no-such-product~01ARZ3NDEKTSV4RRFFQ69G5FAV";
    const ids = [a1, "no id", b1, unknown, gone, elsewhere, a2, a1];
    const answer = await ask("confirm", ids);
    expect(words(answer)).toEqual([
      "confirmed",
      "reservation_not_found",
      "confirmed",
      "reservation_not_found",
      "reservation_already_released",
      "reservation_not_found",
      "confirmed",
      "reservation_already_confirmed",
    ]);
    expect(answer.results.map(({ index, reservationId }) => [index, reservationId])).toEqual([
      ...ids.entries(),
    ]);
    expect(answer.results[0]?.reservation?.reservationId).toBe(a1);
    expect(answer.results[5]).toEqual({
      index: 5,
      reservationId: elsewhere,
      applied: false,
      status: 404,
      code: "reservation_not_found",
      detail: "There is no such reservation.",
    });
    expect(answer.summary).toEqual({ total: 8, applied: 3, failed: 5 });
    expect([await stock(a), await stock(b)]).toMatchObject([
      { onHand: 8, reserved: 0 },
      { onHand: 9, reserved: 0 },
    ]);
  });

  it("D-07: sent again under the same key are answered as the first time; D-08: not for something else", async () => {
    const [a, b] = [await newProduct(), await newProduct()];
    const ids = [await hold(a), await hold(b), await hold(a)];
    const first = await ask("confirm", ids, "key-1");
    expect(words(first)).toEqual(["confirmed", "confirmed", "confirmed"]);
    const again = await send("confirm", ids, "key-1");
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(await again.json()).toEqual(first);
    for (const [step, other] of [
      ["release", ids],
      ["confirm", ids.toReversed()],
    ] as const) {
      const reused = await send(step, other, "key-1");
      expect([reused.status, await reused.json()]).toMatchObject([422, { code: "idempotency_key_reused" }]);
    }
    expect(words(await ask("confirm", ids, "key-2"))).toEqual(ids.map(() => "reservation_already_confirmed"));
    expect((await stock(a)).onHand).toBe(8);
  });

  it("are released likewise, fifty in one request", async () => {
    const products = await Promise.all(Array.from({ length: 10 }, newProduct));
    const ids: string[] = [];
    for (let each = 0; each < 5; each += 1) {
      for (const productId of products) ids.push(await hold(productId));
    }
    const answer = await ask("release", ids);
    expect(words(answer)).toEqual(ids.map(() => "released"));
    expect(answer.summary).toEqual({ total: 50, applied: 50, failed: 0 });
    expect(await Promise.all(products.map(stock))).toMatchObject(
      products.map(() => ({ onHand: 10, reserved: 0 })),
    );
    expect(reservationIds.safeParse([...ids, "one more"]).success).toBe(false);
    expect(reservationIds.safeParse([]).success).toBe(false);
  });
});
