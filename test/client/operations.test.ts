/** Every operation of `docs/openapi.json` has a method of the client, which asks the real service for it, with all it takes. */
/// <reference types="vite/client" />
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import document from "../../docs/openapi.json?raw";
import { createHoldfast, isProblem } from "../../src/client/client";
import { operationsOf, parseDocument, type Operation, type Schema } from "../fuzz/document";
import { CALLS_BY_OPERATION } from "./calls";

/** `watch` listens to one product as it listens to many. */
const TWINS = new Set(["listenToLevel"]);
/** Who calls these decides it otherwise: pages by `for await`, streams by `Accept`, a pause by a signal. */
const NOT_ASKED = new Set(["cursor", "format", "ticket"]);
/** A history is read whole; `ifMatch` says which version. */
const SAID_OTHERWISE: Record<string, string> = {
  listPrices: "limit",
  resizeReservation: "version",
  extendReservation: "version",
};
/** Refusals that say nothing of the request's form. */
const MISREAD = ["validation_failed", "malformed_json", "route_not_found", "method_not_allowed"] as const;
/** There is no such key and no such webhook, and for those the service has no other code. */
const MADE_UP = /^(?:(?:get|edit|delete|test|replay)Webhook|listWebhookDeliveries|(?:rotate|revoke)Key)$/;

const api = parseDocument(document);
const operations = operationsOf(api).filter(({ operationId }) => !TWINS.has(operationId));

interface Sent {
  method: string;
  url: URL;
  body: unknown;
}

describe("the client", () => {
  it("has a method for every operation, and calls none that is not there", () => {
    const known = operations.map(({ operationId }) => operationId);
    expect(Object.keys(CALLS_BY_OPERATION).toSorted()).toEqual(known.toSorted());
  });

  it.each(operations.map((operation) => [operation.operationId, operation] as const))(
    "calls %s with all that it takes",
    async (operationId, operation) => {
      const sent: Sent[] = [];
      const client = createHoldfast({
        baseUrl: "https://holdfast.test",
        key: operationId === "readMetrics" ? "metrics-demo" : "admin-demo",
        transport: "stream",
        fetch: async (target, init) => {
          const request = new Request(target, init);
          const { method, url } = request;
          const isJson = request.headers.get("Content-Type") === "application/json";
          sent.push({ method, url: new URL(url), body: isJson ? await request.clone().json() : undefined });
          return exports.default.fetch(request);
        },
      });
      for (const call of CALLS_BY_OPERATION[operationId] ?? []) {
        try {
          await call(client);
        } catch (error) {
          const misread = isProblem(error, ...MISREAD) && !MADE_UP.test(operationId);
          if (misread || !isProblem(error)) throw error;
        }
      }
      expect(sent.map(({ method, url }) => isAt(operation, method, url))).not.toContain(false);
      expect(names(sent.flatMap(({ url }) => [...url.searchParams.keys()]))).toEqual(parametersOf(operation));
      expect(names(sent.flatMap(({ body }) => pathsIn(body)))).toEqual(fieldsOf(operation));
    },
  );
});

function isAt({ method, path }: Operation, asked: string, { pathname }: URL): boolean {
  const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
  return asked === method && pattern.test(pathname);
}

function names(all: readonly string[]): string[] {
  return [...new Set(all.map((name) => name.replace(/^attr\..+/, "attr")))].toSorted();
}

function parametersOf({ operationId, parameters = [] }: Operation): string[] {
  const query = parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name);
  const asked = query.filter((name) => isAsked(name, operationId));
  return names(asked.map((name) => name.replace("attributes", "attr")));
}

function isAsked(name: string, operationId: string): boolean {
  return !NOT_ASKED.has(name) && SAID_OTHERWISE[operationId] !== name;
}

/** Where fields stand: of the body, and of the rows of a list in it. */
function pathsIn(body: unknown, prefix = ""): string[] {
  if (typeof body !== "object" || body === null) return [];
  if (Array.isArray(body)) return body.flatMap((row: unknown) => pathsIn(row, prefix));
  return Object.entries(body).flatMap(([name, value]: [string, unknown]) =>
    Array.isArray(value) ? [prefix + name, ...pathsIn(value, `${prefix}${name}[].`)] : [prefix + name],
  );
}

function fieldsOf({ operationId, requestBody }: Operation): string[] {
  const schema = requestBody?.content?.["application/json"]?.schema;
  return names(schema ? fieldsIn(schema, "") : []).filter((name) => isAsked(name, operationId));
}

function fieldsIn({ $ref, ...schema }: Schema, prefix: string): string[] {
  if ($ref) return fieldsIn(api.components.schemas[$ref.split("/").at(-1) ?? ""] ?? {}, prefix);
  const among = [...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...(schema.allOf ?? [])];
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    prefix + name,
    ...(field.items ? fieldsIn(field.items, `${prefix}${name}[].`) : []),
  ]);
  return [...own, ...among.flatMap((one) => fieldsIn(one, prefix))];
}
