/** What can be wrong with a request. Each takes one that is valid and breaks it in one place. */
import fc from "fast-check";
import type { FuzzRequest } from "./request.ts";
import type { World } from "./world.ts";

type Break = (request: FuzzRequest) => Partial<FuzzRequest> | undefined;

const MAX_BODY_BYTES = 1024 * 1024;
const ODD_TEXTS = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "\u202e\u200b",
  "💥".repeat(20),
  "x".repeat(5000),
  "__proto__",
  "constructor",
  "../../etc",
  "' OR 1=1 --",
  "%00",
  "NaN",
];
const ODD_VALUES: readonly unknown[] = [
  ...ODD_TEXTS,
  null,
  true,
  [],
  {},
  [[[[]]]],
  -1,
  0,
  1.5,
  1e21,
  -1e308,
  9_007_199_254_740_993,
  "2026-13-45T99:99:99Z",
  { toString: 1 },
  { $ref: "x" },
];
const ODD_SEGMENTS = [
  "%2e%2e",
  "%00",
  "%ff",
  "%zz",
  "%",
  "a%2Fb",
  "x".repeat(65),
  "x".repeat(3000),
  "💥",
  "%F0%9F%92%A5",
  "%ED%A0%80",
  "-",
  ".",
  "~~",
  "NO~PE",
  "NOPE~01ARZ3NDEKTSV4RRFFQ69G5FAV",
  "__proto__",
  ";",
  "'",
];
const ODD_QUERIES = [
  "unknown=1",
  "limit=0",
  "limit=101",
  "limit=1e2",
  "limit=",
  "limit=1&limit=2",
  "cursor=nonsense",
  "cursor=%ff",
  "cursor=e30",
  "%",
  "=",
  "&&&",
  "__proto__=1",
  "attr.=1",
  "attr.__proto__=1",
  "sort=nothing",
  "q=%00",
  `q=${"x".repeat(5000)}`,
  'q="*NEAR(^-:',
  "from=yesterday",
  "version=1",
  "productId=%20",
];
const ODD_HEADERS: readonly (readonly [string, string])[] = [
  ["Idempotency-Key", ""],
  ["Idempotency-Key", "x".repeat(256)],
  ["Idempotency-Key", "tab\tinside"],
  ["Idempotency-Key", "\u00e9"],
  ["If-Match", "17"],
  ["If-Match", '"abc"'],
  ["If-Match", '"999999999999999999999"'],
  ["If-None-Match", "*"],
  ["If-None-Match", "x".repeat(2000)],
  ["Accept", "text/xml"],
  ["Accept", "*/*;q=0"],
  ["Accept", ";;;,,,"],
  ["Accept", "text/html"],
  ["X-Request-Id", "x".repeat(200)],
  ["X-Request-Id", "a b"],
  ["Range", "bytes=0-1"],
  ["Content-Encoding", "gzip"],
  ["Last-Event-ID", "nonsense"],
  ["Last-Event-ID", "99999999999999999999"],
  ["Cache-Control", "no-cache"],
  ["X-HTTP-Method-Override", "DELETE"],
  ["X-Forwarded-For", "127.0.0.1"],
  ["Origin", "https://elsewhere.example"],
];
const ODD_TYPES = [
  "",
  "text/plain",
  "application/xml",
  "application/json; charset=latin1",
  "application/json; charset=utf-16",
  "application/problem+json",
  "multipart/form-data",
  "APPLICATION/JSON;Charset=UTF-8",
  "application/json;",
  "nonsense",
];
const ODD_BODIES = [
  "",
  "{",
  "[]",
  "null",
  '"text"',
  "17",
  '{"a":1,"a":2}',
  '{"__proto__":{"admin":true}}',
  '{"quantity":1e400}',
  "\ufeff{}",
  "{}{}",
  "{'a':1}",
  "[".repeat(20_000),
  `{"a":${"[".repeat(500)}${"]".repeat(500)}}`,
];
const BAD_UTF8 = [
  new Uint8Array([0xff, 0xfe, 0x7b, 0x7d]),
  new Uint8Array([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
];

/** Broken in one place, or in two. */
export function brokenRequest(valid: fc.Arbitrary<FuzzRequest>, world: World): fc.Arbitrary<FuzzRequest> {
  return fc
    .tuple(valid, fc.array(faultOf(world), { minLength: 1, maxLength: 2 }))
    .map(([request, faults]) => {
      let broken = request;
      for (const [name, apply] of faults) {
        const change = apply(broken);
        if (change) broken = { ...broken, ...change, faults: [...broken.faults, name] };
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
