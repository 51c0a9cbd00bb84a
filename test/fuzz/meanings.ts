/** What a field or parameter is about, by its name: something that is there, or may be. */
import fc from "fast-check";
import type { Document, Operation, Schema } from "./document.ts";
import { SPARE_LOCATIONS, SPARE_ORDERS, SPARE_PRODUCTS, type World } from "./world.ts";

export interface Place {
  document: Document;
  world: World;
  operation: Operation;
}

export const WORDS = [
  "falcon",
  "castle",
  "Ünïcode",
  "star wars",
  "зимний",
  "a",
  "10307",
  "🧱 brick",
  "naïve",
];
export const SOME_ITEMS = 3;
export const SMALL = 50;
const SECRET = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
export const DAY_MS = 24 * 3_600_000;
function oneOf(list: () => readonly string[], otherwise: string): fc.Arbitrary<string> {
  return fc.nat().map((nth) => list()[nth % list().length] ?? otherwise);
}

function known(world: World, name: string): fc.Arbitrary<string> {
  const there = oneOf(() => world.idsByName.get(name) ?? [], "NOBODY");
  return fc.oneof({ arbitrary: there, weight: 19 }, { arbitrary: fc.constant("NOBODY"), weight: 1 });
}

/** Deletes and creates only what is spare; a product that is gone would be gone for all requests to come. */
function product({ world, operation: { operationId, method } }: Place): fc.Arbitrary<string> {
  const spare = fc.constantFrom(...SPARE_PRODUCTS);
  const makes = /^create|^import/.test(operationId);
  if (makes)
    return fc.oneof(
      spare,
      fc.nat().map(() => world.nextId("MADE-")),
    );
  if (method === "DELETE" && operationId !== "removeLevel") return spare;
  return known(world, "productId");
}

function location({ world, operation: { operationId } }: Place): fc.Arbitrary<string> {
  return /^(create|delete|edit)Location$/.test(operationId)
    ? fc.constantFrom(...SPARE_LOCATIONS)
    : known(world, "locationId");
}

/** Several holds under a few orders, and new orders. */
function order({ world, operation: { operationId } }: Place): fc.Arbitrary<string> {
  if (operationId === "reserve") return fc.constantFrom(...SPARE_ORDERS);
  return operationId === "holdOrder" ? fc.nat().map(() => world.nextId("O-")) : known(world, "orderId");
}

function idOf(place: Place): fc.Arbitrary<string> {
  const { path } = place.operation;
  if (path.includes("/locations/")) return location(place);
  if (path.includes("/webhooks/")) return known(place.world, "webhookId");
  if (path.includes("/keys/")) return known(place.world, "keyId");
  return known(place.world, path.endsWith("/return") ? "confirmed" : "reservationId");
}

export function timeAgo(fromMs: number, toMs: number): fc.Arbitrary<string> {
  return fc.integer({ min: fromMs, max: toMs }).map((ago) => new Date(Date.now() - ago).toISOString());
}

const amount = fc.oneof(
  fc.integer({ min: 0, max: 99_999 }).map((cents) => (cents / 100).toFixed(2)),
  fc.constantFrom("0.000000000000000001", "1.5e-7", "999999999999999", 7, 0.5, 649.99),
);

/** By the name of a field or parameter; undefined: its schema says enough. */
export function meaning(place: Place, name: string, { type }: Schema): fc.Arbitrary<unknown> | undefined {
  const { world } = place;
  switch (name) {
    case "productId":
      return product(place);
    case "productIds":
      return type === "string"
        ? undefined
        : fc.array(product(place), { minLength: 1, maxLength: SOME_ITEMS });
    case "products":
      return type === "string"
        ? fc.array(product(place), { minLength: 1, maxLength: SOME_ITEMS }).map((ids) => ids.join(","))
        : undefined;
    case "setId":
    case "assetId":
      return known(world, name);
    case "orderId":
      return order(place);
    case "reservationId":
    case "supersedes":
      return known(world, "reservationId");
    case "reservationIds":
      return fc.array(known(world, "reservationId"), { minLength: 1, maxLength: 1 });
    case "locationId":
    case "fromLocationId":
    case "toLocationId":
      return location(place);
    case "id":
      return idOf(place);
    case "cursor":
      return oneOf(() => world.cursorsByOperation.get(place.operation.operationId) ?? [], "");
    default:
      return plainMeaning(world, name, type);
  }
}

function plainMeaning(world: World, name: string, type: Schema["type"]): fc.Arbitrary<unknown> | undefined {
  switch (name) {
    case "Idempotency-Key":
    case "idempotencyKey":
      return fc.oneof(
        { arbitrary: fc.nat().map(() => world.nextId("key ")), weight: 6 },
        { arbitrary: fc.constantFrom("again-1", "again-2", "~ !\"#$%&'()*+,-./"), weight: 1 },
      );
    case "If-Match":
      return fc.constantFrom('"1"', '"3", "4"', 'W/"2"', "*");
    case "url":
      return fc.constant(world.webhookUrl);
    case "imageUrl":
      return fc.constantFrom("https://pictures.example.com/a.png", null);
    case "maxPerCustomer":
      return fc.constantFrom(null, 5, 1000);
    case "secret":
      return fc.constant(SECRET);
    case "customerId":
      return fc.constantFrom("C-1", "C-2", "Zoë", " padded ");
    case "wait":
      return fc.constant(0);
    case "since":
      return type === "integer" ? fc.nat(SMALL) : fc.constant(undefined);
    case "offset":
    case "fromOffset":
      return fc.nat(20);
    case "version":
      return fc.nat(SMALL);
    case "from":
      return timeAgo(2 * DAY_MS, 3 * DAY_MS);
    case "to":
      return timeAgo(0, DAY_MS);
    case "at":
      return timeAgo(1000, DAY_MS);
    case "amount":
      return amount;
    case "currency":
      return fc.constantFrom("USD", "EUR");
    case "q":
    case "name":
    case "reason":
    case "reference":
    case "tag":
      return fc.constantFrom(...WORDS);
    case "kind":
      return fc.constantFrom("set", "asset", "part");
    case "facets":
      return fc.constantFrom("kind", "kind,attr.theme", "status,tag,availability");
    case "attributes":
      return fc.dictionary(
        fc.constantFrom("theme", "year", "a b", "x:y"),
        fc.oneof(fc.string(), fc.nat(), fc.boolean()),
        {
          maxKeys: SOME_ITEMS,
        },
      );
    case "metadata":
      return fc.dictionary(fc.string({ maxLength: 8 }).filter(isPlainName), fc.jsonValue({ maxDepth: 2 }), {
        maxKeys: SOME_ITEMS,
      });
    case "newQuantity":
    case "initialQuantity":
    case "available":
      return mostly(fc.nat(1000), fc.nat(1_000_000_000));
    case "safetyStock":
    case "backorderLimit":
    case "minimumStockLevel":
      return mostly(fc.nat(5), fc.nat(1_000_000_000));
    case "quantity":
      return mostly(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 1_000_000_000 }));
    case "delta":
      return mostly(
        fc.integer({ min: 1, max: SMALL }),
        fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
      );
    default:
      return undefined;
  }
}

function isPlainName(name: string): boolean {
  return !["__proto__", "constructor", "prototype"].includes(name);
}

export function mostly<T>(usual: fc.Arbitrary<T>, seldom: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: usual, weight: 19 }, { arbitrary: seldom, weight: 1 });
}
