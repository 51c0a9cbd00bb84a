/** What can be wrong with a request. Each takes one that is valid and breaks it in one place. */
import fc from "fast-check";
import {
  ODD_VALUES,
  ODD_SEGMENTS,
  ODD_QUERIES,
  ODD_HEADERS,
  ODD_TYPES,
  ODD_BODIES,
  BAD_UTF8,
} from "./odd.ts";
import type { FuzzRequest } from "./request.ts";
import type { World } from "./world.ts";

type Break = (request: FuzzRequest) => Partial<FuzzRequest> | undefined;

const MAX_BODY_BYTES = 1024 * 1024;

/** Broken in one place, or in two. */
export function brokenRequest(valid: fc.Arbitrary<FuzzRequest>, world: World): fc.Arbitrary<FuzzRequest> {
  return fc
    .tuple(valid, fc.array(faultOf(world), { minLength: 1, maxLength: 2 }))
    .map(([request, faults]) => {
      const broken = { ...request, faults: [...request.faults] };
      for (const [name, apply] of faults) {
        const change = apply(broken);
        if (!change) continue;
        Object.assign(broken, change);
        broken.faults.push(name);
      }
      return broken;
    });
}

function faultOf(world: World): fc.Arbitrary<readonly [string, Break]> {
  const faults: Record<string, fc.Arbitrary<Break>> = {
    "a field of another type": fc.tuple(fc.nat(), fc.constantFrom(...ODD_VALUES)).map(oddField),
    "a field too few": fc.nat().map(withoutField),
    "a field too many": fc.constantFrom("unknown", "__proto__", "constructor", "").map(withField),
    "another body": fc.oneof(fc.constantFrom(...ODD_BODIES), fc.constantFrom(...BAD_UTF8)).map(otherBody),
    "any JSON": fc.json({ maxDepth: 3 }).map(otherBody),
    "a body that is too large": fc.constant(otherBody(`{"a":"${"x".repeat(MAX_BODY_BYTES)}"}`)),
    "another media type": fc.constantFrom(...ODD_TYPES).map((type) => otherHeader("Content-Type", type)),
    "an odd header": fc.constantFrom(...ODD_HEADERS).map(([name, value]) => otherHeader(name, value)),
    "an odd id": fc.tuple(fc.nat(), fc.constantFrom(...ODD_SEGMENTS)).map(oddSegment),
    "an odd query": fc.constantFrom(...ODD_QUERIES).map(oddQuery),
    "another key": fc
      .constantFrom("", "unknown", "x".repeat(300), world.keys.shop)
      .map((key) => otherHeader("X-API-Key", key)),
    "another method": fc
      .constantFrom("POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS", "HEAD")
      .map(otherMethod),
  };
  const weights: Record<string, number> = { "a body that is too large": 1, "a field of another type": 30 };
  const arbitraries = Object.entries(faults).map(([name, apply]) => ({
    arbitrary: apply.map((one) => [name, one] as const),
    weight: weights[name] ?? 10,
  }));
  return fc.oneof(...arbitraries);
}

function parsed({ body }: FuzzRequest): Record<string, unknown> | undefined {
  if (typeof body !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Any place in the body, however deep. */
function placesIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  const inside = Object.entries(value).flatMap(([name, one]) => placesIn(one, [...path, name]));
  return path.length > 0 ? [path, ...inside] : inside;
}

function replaced(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by;
  if (Array.isArray(value))
    return value.map((one, index) => (String(index) === name ? replaced(one, rest, by) : one));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, one]) => [field, field === name ? replaced(one, rest, by) : one]),
  );
}

function oddField([nth, value]: [number, unknown]): Break {
  return (request) => {
    const fields = parsed(request);
    const places = placesIn(fields);
    const place = places[nth % places.length];
    return place && fields ? { body: JSON.stringify(replaced(fields, place, value)) } : undefined;
  };
}

function withoutField(nth: number): Break {
  return (request) => {
    const entries = Object.entries(parsed(request) ?? {});
    if (entries.length === 0) return undefined;
    return {
      body: JSON.stringify(Object.fromEntries(entries.filter((_, at) => at !== nth % entries.length))),
    };
  };
}

function withField(name: string): Break {
  return (request) => {
    const fields = parsed(request);
    return (
      fields && {
        body: JSON.stringify(fields).replace(/\}$/, `${name in fields ? "" : ","}${JSON.stringify(name)}:1}`),
      }
    );
  };
}

/** A body where none may be is not sent: the carrier would refuse it, not the service. */
function otherBody(body: FuzzRequest["body"]): Break {
  return ({ method, headers }) => {
    if (method === "GET" || method === "HEAD" || body === undefined) return undefined;
    return { body, headers: { "Content-Type": "application/json", ...headers } };
  };
}

function otherHeader(name: string, value: string): Break {
  return ({ headers }) => ({ headers: { ...headers, [name]: value } });
}

function oddSegment([nth, segment]: [number, string]): Break {
  return ({ target }) => {
    const [path = "", query] = target.split(/\?(.*)/s);
    const segments = path.split("/");
    segments[2 + (nth % Math.max(1, segments.length - 2))] = segment;
    const odd = segments.join("/");
    return { target: query === undefined ? odd : `${odd}?${query}` };
  };
}

function oddQuery(more: string): Break {
  return ({ target }) => ({ target: `${target}${target.includes("?") ? "&" : "?"}${more}` });
}

function otherMethod(method: string): Break {
  return ({ operation }) => (method === "HEAD" && operation.method !== "GET" ? undefined : { method });
}
