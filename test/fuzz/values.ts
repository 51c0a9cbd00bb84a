/**
 * Values that a schema of the document allows. A field whose name says what it is about gets something that is there:
 * else nearly all would be refused, and little of the service would be reached.
 */
import fc from "fast-check";
import { resolve, type Document, type Operation, type Schema } from "./document.ts";
import { SPARE_LOCATIONS, SPARE_ORDERS, SPARE_PRODUCTS, type World } from "./world.ts";

export interface Place {
  document: Document;
  world: World;
  operation: Operation;
}

const WORDS = ["falcon", "castle", "Ünïcode", "star wars", "зимний", "a", "10307", "🧱 brick", "naïve"];
const OPTIONAL_SHARE = { true: 2, false: 3 };
/** Seldom sent when they may be left out: they refuse most of what comes with them. */
const SELDOM = new Set(["version", "cursor", "If-Match", "force", "supersedes", "customerId"]);
const SOME_ITEMS = 3;
const SMALL = 50;
const SECRET = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
const DAY_MS = 24 * 3_600_000;

export function valueOf(place: Place, schema: Schema, name: string): fc.Arbitrary<unknown> {
  const meant = meaning(place, name, resolve(place.document, schema));
  return meant ?? fromSchema(place, resolve(place.document, schema), name);
}

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
  return known(place.world, path.includes("/webhooks/") ? "webhookId" : "reservationId");
}

function timeAgo(fromMs: number, toMs: number): fc.Arbitrary<string> {
  return fc.integer({ min: fromMs, max: toMs }).map((ago) => new Date(Date.now() - ago).toISOString());
}

const amount = fc.oneof(
  fc.integer({ min: 0, max: 99_999 }).map((cents) => (cents / 100).toFixed(2)),
  fc.constantFrom("0.000000000000000001", "1.5e-7", "999999999999999", 7, 0.5, 649.99),
);

/** By the name of a field or parameter; undefined: its schema says enough. */
function meaning(place: Place, name: string, { type }: Schema): fc.Arbitrary<unknown> | undefined {
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

function mostly<T>(usual: fc.Arbitrary<T>, seldom: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: usual, weight: 19 }, { arbitrary: seldom, weight: 1 });
}

function fromSchema(place: Place, schema: Schema, name: string): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((choice) => valueOf(place, choice, "")));
  // The first is the usual one.
  if (schema.enum)
    return mostly(fc.constantFrom(...schema.enum.slice(0, 1)), fc.constantFrom(...schema.enum));
  const [type = "object", ...others] = [schema.type ?? []].flat();
  const value = ofType(place, { ...schema, type }, name);
  return others.includes("null") ? mostly(value, fc.constant(null)) : value;
}

function ofType(place: Place, schema: Schema, name: string): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case "object":
      return objectOf(place, schema);
    case "array":
      return fc.array(schema.items ? valueOf(place, schema.items, singular(name)) : fc.constant(null), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? SOME_ITEMS, (schema.minItems ?? 0) + SOME_ITEMS),
      });
    case "integer":
      return fc.integer({
        min: schema.minimum ?? -SMALL,
        max: Math.min(schema.maximum ?? SMALL, 2 ** 31 - 1),
      });
    case "number":
      return fc.double({ min: schema.minimum ?? -SMALL, max: schema.maximum ?? SMALL, noNaN: true });
    case "boolean":
      return fc.boolean();
    default:
      return textOf(schema);
  }
}

/** The items of `locationIds` are each a `locationId`. */
function singular(name: string): string {
  return name.endsWith("Ids") ? name.slice(0, -1) : "";
}

function textOf({ format, pattern, minLength = 0, maxLength = SMALL }: Schema): fc.Arbitrary<string> {
  if (format === "date-time") return timeAgo(0, 30 * DAY_MS);
  if (pattern !== undefined)
    return fc.stringMatching(new RegExp(pattern)).filter((text) => text.length <= maxLength);
  const words = fc
    .constantFrom(...WORDS)
    .filter((word) => word.length >= minLength && word.length <= maxLength);
  const any = fc.string({ minLength, maxLength: Math.min(maxLength, SMALL), unit: "grapheme" });
  return fc.oneof(
    words,
    any.filter((text) => text.trim().length >= minLength),
  );
}

function objectOf(place: Place, schema: Schema): fc.Arbitrary<unknown> {
  const required = new Set(schema.required);
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, field]): [string, fc.Arbitrary<unknown>] => {
      const value = valueOf(place, field, name);
      if (required.has(name)) return [name, value];
      const sent = SELDOM.has(name) ? { true: 1, false: 19 } : OPTIONAL_SHARE;
      const absent = { arbitrary: fc.constant(undefined), weight: sent.false };
      return [name, fc.oneof(absent, { arbitrary: value, weight: sent.true })];
    },
  );
  return fc.record(Object.fromEntries(fields)).map(fitting);
}

/** Of fields that exclude each other, the first that is there. */
const EXCLUDING = [
  ["updates", "productId", "delta", "version", "idempotencyKey"],
  ["locationId", "locationIds"],
  ["orderId", "reservationIds"],
  ["available", "newQuantity"],
  ["available", "initialQuantity"],
  ["products", "productIds"],
];
const FALLING = new Set(["sale", "damage", "shrinkage"]);

/** What no schema says: which fields exclude each other, and which way a movement goes. */
function fitting(fields: Record<string, unknown>): Record<string, unknown> {
  const fit = { ...fields };
  for (const [first = "", ...others] of EXCLUDING)
    if (fit[first] !== undefined) for (const other of others) delete fit[other];
  if (typeof fit["delta"] === "number") {
    const size = Math.abs(fit["delta"]) || 1;
    if (typeof fit["type"] === "string") fit["delta"] = FALLING.has(fit["type"]) ? -size : size;
    else fit["delta"] ||= 1;
  }
  if (fit["toLocationId"] === fit["fromLocationId"] && fit["toLocationId"] !== undefined)
    fit["toLocationId"] = fit["fromLocationId"] === "main" ? "fuzz-east" : "main";
  return fit;
}
