/**
 * A caller of the wire contract, as a shop would be: it knows routes, keys and JSON, nothing of the inside.
 * Every answer keeps its text, so that a failing test can show all of it.
 */
import { exports } from "cloudflare:workers";
import { expect } from "vitest";

/** Everything but admin. */
export const STAFF = "demo";
/** A storefront: reads and reserves. */
export const SHOP = "shop";
export const ADMIN = "admin-demo";

const ORIGIN = "https://holdfast.test";

export interface Answer<T> {
  request: string;
  status: number;
  headers: Headers;
  text: string;
  /** The parsed JSON; undefined when the answer is not JSON. */
  body: T;
}

export interface CallOptions {
  /** null: no key at all. */
  key?: string | null;
  /** A string or stream goes out as it is, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** `call("PUT /v1/inventory/x", { body })`: never throws for a status. */
export async function call<T = unknown>(request: string, options: CallOptions = {}): Promise<Answer<T>> {
  const [method = "GET", path = "/"] = request.split(/ (.*)/s);
  const headers = new Headers(options.headers);
  const key = options.key === undefined ? STAFF : options.key;
  if (key !== null && !headers.has("Authorization")) headers.set("X-API-Key", key);
  const init: RequestInit = { method, headers, redirect: "manual" };
  if (typeof options.body === "string" || options.body instanceof ReadableStream) init.body = options.body;
  else if (options.body !== undefined) {
    init.body = JSON.stringify(options.body);
    if (!headers.has("Content-Type")) headers.set("Content-Type", "application/json");
  }
  const response = await exports.default.fetch(new Request(new URL(path, ORIGIN), init));
  const text = await response.text();
  return { request, status: response.status, headers: response.headers, text, body: parse(text) as T };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function show(answer: Answer<unknown>): string {
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  return `${answer.request}\n${answer.status}\n${headers}\n\n${answer.text}`;
}

/** The body, when the status is the one wanted; else a failure that shows the whole answer. */
export function expectStatus<T>(answer: Answer<T>, status: number): T {
  if (answer.status !== status) expect.fail(`wanted ${status}, got this:\n${show(answer)}`);
  return answer.body;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  requestId: string;
  errors: { path: string; code: string; message: string }[];
  shortages: { productId: string; locationId: string; requested: number; available: number }[];
  expected: number;
  current: number;
  inventory: Numbers;
}

/** A problem document (RFC 9457) with this status and code; returns it for its facts. */
export function expectProblem(answer: Answer<unknown>, status: number, code?: string): Problem {
  expectStatus(answer, status);
  const problem = answer.body as Problem;
  const told = show(answer);
  expect(answer.headers.get("Content-Type"), told).toMatch(/^application\/problem\+json/);
  for (const name of ["type", "title", "detail", "instance", "code", "requestId"] as const) {
    expect(problem[name], `${name} in ${told}`).toEqual(expect.any(String));
  }
  expect(problem.status, told).toBe(status);
  expect(problem.requestId, told).toBe(answer.headers.get("X-Request-Id"));
  if (code !== undefined) expect(problem.code, told).toBe(code);
  return problem;
}

export interface Numbers {
  onHand: number;
  reserved: number;
  available: number;
  version: number;
}

export interface Level {
  locationId: string;
  onHand: number;
  reserved: number;
  available: number;
  safetyStock: number;
  backorderLimit: number;
}

export interface Stock extends Numbers {
  productId: string;
  safetyStock: number;
  backorderLimit: number;
  minimumStockLevel: number;
  lowStock: boolean;
  oversold: boolean;
  updatedAt: string;
  levels: Level[];
}

export interface Product {
  productId: string;
  kind: string;
  name: string;
  description: string | null;
  status: string;
  tags: string[];
  attributes: Record<string, string | number | boolean>;
  price: { amount: string; currency: string } | null;
  minimumStockLevel: number;
  availability: string;
  version: number;
  createdAt: string;
  updatedAt: string;
}

export interface Reservation {
  reservationId: string;
  productId: string;
  locationId: string;
  orderId: string | null;
  customerId: string | null;
  state: string;
  quantity: number;
  held: number;
  confirmed: number;
  released: number;
  expiresAt: string;
  createdAt: string;
  version: number;
  inventory: Numbers;
}

export interface BookEvent {
  offset: number;
  id: string;
  type: string;
  productId: string;
  version: number;
  at: string;
  actor: string;
  data: Record<string, unknown>;
  level: Level | null;
}

export interface EventPage {
  events: BookEvent[];
  nextOffset: number;
  hasMore: boolean;
  count: number;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

const run = Math.random().toString(36).slice(2, 8);
let made = 0;

/** An id that no other test has. */
export function newId(stem: string): string {
  made += 1;
  return `${stem}-${run}-${made}`;
}

/** A location of this test's own; lower priority comes first, `main` has 0. */
export async function newLocation(priority = 10): Promise<string> {
  const locationId = newId("loc");
  const body = { locationId, name: `Location ${locationId}`, priority };
  expectStatus(await call("POST /v1/locations", { key: ADMIN, body }), 201);
  return locationId;
}

/** A product with this much on hand at `main`, or at each location named. Returns its id. */
export async function newProduct(onHand: number | Record<string, number>, catalog?: object): Promise<string> {
  const productId = newId("P");
  const levels = Object.entries(typeof onHand === "number" ? { main: onHand } : onHand);
  const [first = ["main", 0], ...others] = levels;
  const body = { productId, initialQuantity: first[1], locationId: first[0] };
  expectStatus(await call("POST /v1/inventory", { body }), 201);
  for (const [locationId, delta] of others) await receive(productId, delta, locationId);
  if (catalog) expectStatus(await call(`PATCH /v1/products/${productId}`, { body: catalog }), 200);
  return productId;
}

export async function receive(productId: string, delta: number, locationId = "main"): Promise<Stock> {
  const body = { delta, type: "receipt", reason: "delivered", locationId };
  return expectStatus(await call<Stock>(`POST /v1/inventory/${productId}/adjust`, { body }), 200);
}

export function count(productId: string, body: object, options: CallOptions = {}): Promise<Answer<Stock>> {
  return call<Stock>(`PUT /v1/inventory/${productId}`, {
    body: { reason: "stock take", ...body },
    ...options,
  });
}

export async function allowBackorder(
  productId: string,
  backorderLimit: number,
  locationId = "main",
): Promise<Stock> {
  const request = `PATCH /v1/inventory/${productId}/levels/${locationId}`;
  return expectStatus(await call<Stock>(request, { body: { backorderLimit } }), 200);
}

export async function stock(productId: string, key = STAFF): Promise<Stock> {
  return expectStatus(await call<Stock>(`GET /v1/inventory/${productId}`, { key }), 200);
}

export async function levelOf(productId: string, locationId: string): Promise<Level | undefined> {
  return (await stock(productId)).levels.find((level) => level.locationId === locationId);
}

export function reserve(
  productId: string,
  body: object,
  options: CallOptions = {},
): Promise<Answer<Reservation>> {
  return call<Reservation>(`POST /v1/inventory/${productId}/reserve`, { body, ...options });
}

/** A hold that must succeed. */
export async function hold(productId: string, quantity: number, more: object = {}): Promise<Reservation> {
  return expectStatus(await reserve(productId, { quantity, ...more }), 201);
}

export async function reservation(id: string): Promise<Reservation> {
  return expectStatus(await call<Reservation>(`GET /v1/reservations/${id}`), 200);
}

/** One step of a reservation's life: confirm, release, extend, return. */
export function act(hold: Reservation, step: string, body: object = {}): Promise<Answer<Reservation>> {
  return call<Reservation>(`POST /v1/reservations/${hold.reservationId}/${step}`, { body });
}

/** Runs `attempt`, which must be refused, and sees that the product is to the letter what it was. */
export async function unchanged<T>(productId: string, attempt: () => Promise<T>): Promise<T> {
  const before = await stock(productId);
  const result = await attempt();
  expect(await stock(productId)).toEqual(before);
  return result;
}

/** Every event of the book that the filter lets through, in offset order. */
export async function events(filter: Record<string, string> = {}, offset = 1): Promise<BookEvent[]> {
  const found: BookEvent[] = [];
  for (let from = offset; ;) {
    const query = new URLSearchParams({ ...filter, offset: String(from), limit: "1000" });
    const page = expectStatus(await call<EventPage>(`GET /v1/inventory/events?${query}`), 200);
    found.push(...page.events);
    if (!page.hasMore) return found;
    expect(page.nextOffset, "a page must lead onwards").toBeGreaterThan(from);
    from = page.nextOffset;
  }
}

/** All events of a product, as soon as the book has everything up to its version of now. */
export async function history(productId: string, seconds = 5): Promise<BookEvent[]> {
  const { version } = await stock(productId);
  return eventually(
    () => events({ productId }),
    (found) => expect(found.at(-1)?.version).toBeGreaterThanOrEqual(version),
    seconds,
  );
}

/** Every item of a list, page by page. */
export async function everyItem<T>(path: string, key = STAFF): Promise<T[]> {
  const found: T[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const separator = path.includes("?") ? "&" : "?";
    const from: string = cursor === "" ? path : `${path}${separator}cursor=${encodeURIComponent(cursor)}`;
    const page: Page<T> = expectStatus(await call<Page<T>>(`GET ${from}`, { key }), 200);
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Reads until `check` no longer throws, for what follows the objects at a distance. Counts its tries instead
 * of looking at the clock, which a test may have stopped.
 */
export async function eventually<T>(
  read: () => Promise<T>,
  check: (value: T) => void,
  seconds = 5,
): Promise<T> {
  const pauseMs = 20;
  for (let tries = Math.ceil((seconds * 1000) / pauseMs); ; tries -= 1) {
    const value = await read();
    try {
      check(value);
      return value;
    } catch (error) {
      if (tries <= 0) {
        const reason = error instanceof Error ? error.message : String(error);
        expect.fail(`not within ${seconds} s: ${reason}\nlast seen: ${JSON.stringify(value, null, 1)}`);
      }
    }
    await sleep(pauseMs);
  }
}
