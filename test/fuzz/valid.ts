/** Requests that the document allows, for each operation. */
import fc from "fast-check";
import type { Operation, Parameter } from "./document.ts";
import type { FuzzRequest } from "./request.ts";
import type { Place } from "./meanings.ts";
import { valueOf } from "./values.ts";

const SELDOM = new Set(["cursor", "If-Match", "since", "format"]);

/** Bodies that are read as a stream have no schema: their rows are new products. */
const ROW = { $ref: "#/components/schemas/NewProduct" };
const CSV_COLUMNS = ["productId", "name", "kind", "description", "barcode"];

export function validRequest(place: Place): fc.Arbitrary<FuzzRequest> {
  const { operation, world } = place;
  const parameters = fc.tuple(...(operation.parameters ?? []).map((one) => parameterOf(place, one)));
  return fc.tuple(parameters, bodyOf(place), acceptOf(place), methodOf(operation)).map((parts) => {
    const [sent, body, accept, method] = parts;
    const headers: Record<string, string> = { "X-API-Key": world.keys.admin, ...accept };
    const query = new URLSearchParams();
    let { path } = operation;
    for (const [{ name, in: where }, value] of sent) {
      if (value === undefined || value === "") continue;
      if (where === "path") path = path.replace(`{${name}}`, encodeURIComponent(String(value)));
      else if (where === "header") headers[name] = String(value);
      else addToQuery(query, name, value);
    }
    if (body) headers["Content-Type"] = body.type;
    const target = query.size > 0 ? `${path}?${query}` : path;
    return { operation, method, target, headers, ...(body && { body: body.text }), faults: [] };
  });
}

function methodOf({ method }: Operation): fc.Arbitrary<string> {
  return method === "GET" ? fc.constantFrom(...Array<string>(9).fill("GET"), "HEAD") : fc.constant(method);
}

/** A query field that is an object is spread over the query. */
function addToQuery(query: URLSearchParams, name: string, value: unknown): void {
  if (typeof value === "object" && value !== null)
    for (const [field, one] of Object.entries(value)) query.set(`attr.${field}`, String(one));
  else query.set(name, String(value));
}

function parameterOf(place: Place, parameter: Parameter): fc.Arbitrary<readonly [Parameter, unknown]> {
  const value = valueOf(place, parameter.schema, parameter.name);
  const absent = { arbitrary: fc.constant(undefined), weight: SELDOM.has(parameter.name) ? 15 : 2 };
  // A stream, other than a socket, needs them.
  const sent =
    parameter.required || parameter.name === "products"
      ? value
      : fc.oneof(absent, { arbitrary: value, weight: 1 });
  return sent.map((one) => [parameter, one] as const);
}

interface Body {
  type: string;
  text: string;
}

function bodyOf(place: Place): fc.Arbitrary<Body | undefined> {
  const { requestBody } = place.operation;
  const contents = Object.entries(requestBody?.content ?? {});
  if (contents.length === 0) return fc.constant(undefined);
  const bodies = contents.map(([type, { schema }]) =>
    schema.type === "string" || schema.type === "array"
      ? fc.array(valueOf(place, ROW, ""), { minLength: 1, maxLength: 3 }).map((rows) => fileOf(type, rows))
      : valueOf(place, schema, "").map((value) => ({ type, text: JSON.stringify(value) })),
  );
  const body = fc.oneof(...bodies);
  return requestBody?.required ? body : fc.oneof({ arbitrary: body, weight: 9 }, fc.constant(undefined));
}

function fileOf(type: string, rows: readonly unknown[]): Body {
  if (type === "application/json") return { type, text: JSON.stringify(rows) };
  if (type !== "text/csv") return { type, text: rows.map((row) => JSON.stringify(row)).join("\n") };
  const cell = (row: unknown, name: string) => {
    const value: unknown = typeof row === "object" && row !== null ? Reflect.get(row, name) : "";
    return `"${String(value ?? "").replaceAll('"', '""')}"`;
  };
  const lines = rows.map((row) => CSV_COLUMNS.map((name) => cell(row, name)).join(","));
  return { type, text: [CSV_COLUMNS.join(","), ...lines].join("\r\n") };
}

/** One of the forms that the answer has, or none said; sometimes only its headers, or a version that was seen. */
function acceptOf({ operation, world }: Place): fc.Arbitrary<Record<string, string>> {
  const types = Object.keys(operation.responses["200"]?.content ?? {});
  const isLive = "101" in operation.responses;
  const accept = fc.constantFrom<Record<string, string>>(
    ...types.map((type) => ({ Accept: type })),
    ...(isLive ? [] : [{}, { Accept: "*/*" }]),
    ...(isLive && world.takesSockets
      ? [{ Upgrade: "websocket", "Sec-WebSocket-Protocol": "holdfast.v1" }]
      : []),
  );
  if (!("304" in operation.responses)) return accept;
  const seen = fc.constantFrom<Record<string, string>>({}, {}, { "If-None-Match": '"1", "2", "3"' });
  return fc.tuple(accept, seen).map(([one, other]) => ({ ...one, ...other }));
}
