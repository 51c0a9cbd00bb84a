/**
 * Values that a schema of the document allows. A field whose name says what it is about gets something that is there:
 * else nearly all would be refused, and little of the service would be reached.
 */
import fc from "fast-check";
import { resolve, type Schema } from "./document.ts";
import { DAY_MS, meaning, mostly, SMALL, SOME_ITEMS, timeAgo, WORDS, type Place } from "./meanings.ts";

const OPTIONAL_SHARE = { true: 2, false: 3 };
/** Seldom sent when they may be left out: they refuse most of what comes with them. */
const SELDOM = new Set(["version", "cursor", "If-Match", "force", "supersedes", "customerId"]);

export function valueOf(place: Place, schema: Schema, name: string): fc.Arbitrary<unknown> {
  const meant = meaning(place, name, resolve(place.document, schema));
  return meant ?? fromSchema(place, resolve(place.document, schema), name);
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

/** Without the first, which may be left out, the others are needed. */
const NEEDED_WITHOUT: Record<string, readonly string[]> = {
  updates: ["productId", "delta", "idempotencyKey"],
  orderId: ["reservationIds"],
  products: ["productIds"],
};

function objectOf(place: Place, schema: Schema): fc.Arbitrary<unknown> {
  const needed = Object.keys(schema.properties ?? {}).flatMap((name) => NEEDED_WITHOUT[name] ?? []);
  const required = new Set([...(schema.required ?? []), ...needed]);
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
