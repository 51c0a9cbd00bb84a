/** New code on a book that has not been migrated: a deploy comes before its migration. */
import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { NEWEST_MIGRATION } from "../../src/d1/book-schema";
import { ADMIN, call, eventually, expectProblem, expectStatus, sleep, type EventPage } from "./api";

const log = vi.spyOn(console, "error");
const logged = () =>
  log.mock.calls.map(([line]) => String(line)).filter((line) => line.includes("book not migrated"));

const READS = [
  "GET /v1/reservations",
  "GET /v1/inventory",
  "GET /v1/products",
  "GET /v1/products/export",
  "GET /v1/inventory/low-stock",
  "GET /v1/inventory/events",
  "GET /v1/inventory/OLD/movements",
  "GET /v1/locations",
  "GET /v1/webhooks",
  "POST /v1/admin/verify",
  "POST /v1/admin/products/OLD/verify",
];
const OLD_RESERVATION = `INSERT INTO reservations (reservation_id, product_id, location_id, state, quantity, held,
  confirmed, released, returned, created_at, version)
  VALUES ('OLD~01K9Z3V6M8Q2W4E6R8T0Y2U4I6', 'OLD', 'main', 'held', 1, 1, 0, 0, 0, '2026-11-01T00:00:00.000Z', 1)`;

const rows = async (table: string) =>
  (await env.BOOK.prepare(`SELECT COUNT(*) AS n FROM ${table}`).first<{ n: number }>())?.n;

beforeAll(async () => {
  await reset();
  await applyD1Migrations(env.BOOK, env.BOOK_MIGRATIONS.slice(0, -1));
  await env.BOOK.prepare(OLD_RESERVATION).run();
});
afterAll(() => log.mockRestore());

describe("a book that is not migrated", () => {
  it("is what this code was built for once the last migration is there", () => {
    expect(NEWEST_MIGRATION).toBe(env.BOOK_MIGRATIONS.at(-1)?.name);
  });

  it("is told of by /health, which stays 200", async () => {
    const body = expectStatus(await call("GET /health", { key: null }), 200);
    expect(body).toEqual({ status: "degraded", book: "not_migrated" });
  });

  it.each(READS)("is not read: %s answers 503, never a column's name", async (request) => {
    const options = request.startsWith("POST") ? { key: ADMIN, body: {} } : { key: ADMIN };
    expectProblem(await call(request, options), 503, "book_unavailable");
  });

  it("is not written: locations and webhooks are refused", async () => {
    const location = { locationId: "new", name: "New", priority: 3 };
    const webhook = { url: "https://hooks.example.com/x" };
    const writes = [
      await call("POST /v1/locations", { key: ADMIN, body: location }),
      await call("PATCH /v1/locations/main", { key: ADMIN, body: { name: "Other" } }),
      await call("DELETE /v1/locations/main", { key: ADMIN }),
      await call("POST /v1/webhooks", { key: ADMIN, body: webhook }),
    ];
    for (const answer of writes) expectProblem(answer, 503, "book_unavailable");
    const names = await env.BOOK.prepare("SELECT name FROM locations").all();
    expect([names.results, await rows("webhooks")]).toEqual([[{ name: "Main" }], 0]);
  });

  it("stops no reserve and no reading of one product; the events stay in the object", async () => {
    const stock = { productId: "NEW", initialQuantity: 5 };
    expectStatus(await call("POST /v1/inventory", { body: stock }), 201);
    expectStatus(await call("POST /v1/inventory/NEW/reserve", { body: { quantity: 2 } }), 201);
    const body = expectStatus(await call("GET /v1/inventory/NEW"), 200);
    expect(body).toMatchObject({ onHand: 5, reserved: 2 });
    expectStatus(await call("GET /v1/products/NEW"), 200);
    expect([await rows("events"), await rows("products")]).toEqual([0, 0]);
  });

  it("is logged once, however many ask", () => {
    expect(logged()).toHaveLength(1);
    expect(logged()[0]).toContain(NEWEST_MIGRATION);
  });

  it("heals with its migration, without a restart: nothing is lost", async () => {
    await applyD1Migrations(env.BOOK, env.BOOK_MIGRATIONS);
    await sleep(1100);
    await eventually(
      () => call<EventPage>("GET /v1/inventory/events?productId=NEW"),
      (answer) =>
        expect(expectStatus(answer, 200).events.map(({ type }) => type)).toEqual([
          "product.created",
          "stock.adjusted",
          "reservation.held",
        ]),
      10,
    );
    expect(expectStatus(await call("GET /health", { key: null }), 200)).toEqual({ status: "healthy" });
  });
});
