/**
 * What there is in the instance that is fuzzed: made once, so that requests can name it, and added to by what answers name.
 */
import type { FuzzAnswer, FuzzRequest, Send } from "./request.ts";

const KEPT = 60;

export interface World {
  keys: { admin: string; shop: string };
  /** Where webhooks go: nowhere. */
  webhookUrl: string;
  /** Whether a socket can be asked for. */
  takesSockets: boolean;
  /** By the name of the field or parameter. */
  idsByName: Map<string, string[]>;
  /** Cursors that answers had, by operation. */
  cursorsByOperation: Map<string, string[]>;
  /** Makes names that nobody has had. */
  nextId: (stem: string) => string;
}

export const PRODUCTS = Array.from({ length: 12 }, (_, index) => `FUZZ-${index}`);
const SETS = ["FUZZ-S1", "75001-1"];
const ASSETS = ["FUZZ-A1"];
export const LOCATIONS = ["main", "fuzz-east", "fuzz-west"];
/** Made, changed and deleted all the time. */
export const SPARE_PRODUCTS = Array.from({ length: 20 }, (_, index) => `SPARE-${index}`);
export const SPARE_LOCATIONS = Array.from({ length: 8 }, (_, index) => `spare-${index}`);

export const SPARE_ORDERS = ["FUZZ-ORDER", "FUZZ-O1", "FUZZ-O2", "FUZZ-O3", "FUZZ-O4"];

export function emptyWorld(options: Pick<World, "keys" | "webhookUrl" | "takesSockets">): World {
  let made = 0;
  const idsByName = new Map<string, string[]>([
    ["productId", [...PRODUCTS, ...SETS, ...ASSETS]],
    ["setId", [...SETS, "75001"]],
    ["assetId", ASSETS],
    ["locationId", ["main", "main", "main", ...LOCATIONS]],
    ["orderId", [...SPARE_ORDERS]],
    ["reservationId", []],
    ["confirmed", []],
    ["webhookId", []],
    ["keyId", []],
  ]);
  const nextId = (stem: string) => {
    made += 1;
    return `${stem}${made}`;
  };
  return { ...options, idsByName, cursorsByOperation: new Map(), nextId };
}

/** Puts it there. Throws when something is refused. */
export async function furnish(world: World, send: Send): Promise<void> {
  const post = async (target: string, body: object) => {
    const headers = { "X-API-Key": world.keys.admin, "Content-Type": "application/json" };
    const operation = { operationId: "set-up", path: target, method: "POST", responses: {} };
    const request = { operation, method: "POST", target, headers, body: JSON.stringify(body), faults: [] };
    const answer = await send(request);
    if (answer.status >= 300) throw new Error(`POST ${target} answered ${answer.status}: ${answer.text}`);
    learn(world, request, answer);
  };
  for (const locationId of LOCATIONS.slice(1))
    await post("/v1/locations", { locationId, name: locationId, priority: 5 });
  for (const productId of PRODUCTS) await post("/v1/inventory", { productId, initialQuantity: 100_000 });
  for (const productId of SPARE_PRODUCTS) await post("/v1/products", { productId, name: productId });
  for (const locationId of SPARE_LOCATIONS) await post("/v1/locations", { locationId, name: locationId });
  for (const productId of SETS)
    await post("/v1/products", { productId, kind: "set", name: `Set ${productId}` });
  for (const productId of ASSETS) {
    await post("/v1/products", { productId, kind: "asset", name: "An asset", attributes: { symbol: "FZ" } });
    await post("/v1/quotes", {
      quotes: [{ productId, price: { amount: "1.5", currency: "USD" }, source: "feed" }],
    });
  }
  for (const productId of PRODUCTS.slice(0, 6)) {
    const received = { delta: 1000, type: "receipt", reason: "set-up", locationId: "fuzz-east" };
    await post(`/v1/inventory/${productId}/adjust`, received);
    await post(`/v1/inventory/${productId}/reserve`, { quantity: 3, orderId: "FUZZ-ORDER" });
  }
  for (let index = 0; index < 3; index += 1) await post("/v1/webhooks", { url: world.webhookUrl });
}

const NAMED = /"(reservationId|webhookId|orderId|keyId)":"([^"\\]{1,140})"/g;
const CONFIRMED = /"reservationId":"([^"\\]+)"[^{}]*"state":"confirmed"/g;
const CURSOR = /"nextCursor":"([^"\\]+)"/;

/** Remembers what an answer names, and forgets what is gone. */
export function learn(world: World, { operation, target }: FuzzRequest, { status, text }: FuzzAnswer): void {
  if (status >= 300) return;
  if (status === 204)
    for (const name of ["webhookId", "keyId"]) {
      const there = world.idsByName.get(name) ?? [];
      world.idsByName.set(
        name,
        there.filter((id) => !target.includes(id)),
      );
    }
  for (const [, name = "", id = ""] of text.slice(0, 4000).matchAll(NAMED)) keep(world.idsByName, name, id);
  for (const [, id = ""] of text.slice(0, 4000).matchAll(CONFIRMED)) keep(world.idsByName, "confirmed", id);
  const [, cursor] = CURSOR.exec(text) ?? [];
  if (cursor !== undefined) keep(world.cursorsByOperation, operation.operationId, cursor);
}

function keep(listByName: Map<string, string[]>, name: string, value: string): void {
  const list = listByName.get(name) ?? [];
  if (list.includes(value)) return;
  listByName.set(name, [...list, value].slice(-KEPT));
}
