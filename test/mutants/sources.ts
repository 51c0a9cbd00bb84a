/** What comes from sources outside, and how they are asked (npm run test:mutants). */
import type { Mutant } from "./mutant.ts";

const OBJECT = ["test/objects/source"];

export const sourceMutants: readonly Mutant[] = [
  {
    name: "asks a source before the time that it has named",
    file: "src/objects/source/driver.ts",
    search: "if (holdMs > 0) {",
    replace: "if (holdMs > 1e12) {",
    tests: OBJECT,
  },
  {
    name: "makes Retry-After shorter",
    file: "src/objects/source/state.ts",
    search: "holdUntilMs: Math.max(state.holdUntilMs, retryAfterMs > 0 ? now + retryAfterMs : 0)",
    replace: "holdUntilMs: Math.max(state.holdUntilMs, retryAfterMs > 0 ? now + retryAfterMs - 1 : 0)",
    tests: OBJECT,
  },
  {
    name: "makes a product again that was deleted during a refresh",
    file: "src/objects/source/ports.ts",
    search: 'execute(productId, { verb: "edit", patch }, false)',
    replace: 'execute(productId, { verb: "upsert", fields: { name: patch.name ?? "" } }, false)',
    tests: OBJECT,
  },
  {
    name: "takes over a product of another source",
    file: "src/objects/source/import.ts",
    search: "if (origin && (origin.name !== source.name || origin.externalId !== externalId)) {",
    replace: "if (origin && origin.name === undefined) {",
    tests: OBJECT,
  },
  {
    name: "forgets where a run stands",
    file: "src/objects/source/step.ts",
    search: "next: next ?? run.next,",
    replace: "next: run.next,",
    tests: ["test/objects/source/many-products.test.ts"],
  },
  {
    name: "puts the next refresh off by how long this one took",
    file: "src/objects/source/state.ts",
    search: "const nextRunAtMs = Math.max(run.startedAtMs + refreshMs, now + 1);",
    replace: "const nextRunAtMs = now + refreshMs;",
    tests: OBJECT,
  },
  {
    name: "leaves a source alone for longer than a refresh",
    file: "src/objects/source/driver.ts",
    search: "Math.min(backoffMs(failures, SOURCE_BACKOFF), source.refreshMs)",
    replace: "backoffMs(failures, SOURCE_BACKOFF) * 2",
    tests: OBJECT,
  },
  {
    name: "rounds prices",
    file: "src/sources/exact-json.ts",
    search: "(context?.source ?? String(value))",
    replace: "String(value)",
    tests: ["test/sources/coingecko.test.ts"],
  },
  {
    name: "reads a body however long it is",
    file: "src/sources/fetching.ts",
    search: "if (bytes > maxBytes) throw tooLong;",
    replace: "",
    tests: ["test/sources/fetching.test.ts"],
  },
  {
    name: "bounds the wait for the head alone, not for the body",
    file: "src/sources/fetching.ts",
    search: 'return await withTimeout(reading(), timeoutMs, "the source");',
    replace: "return await reading();",
    tests: ["test/sources/fetching.test.ts"],
  },
  {
    name: "takes a coin for another of the same answer",
    file: "src/sources/coingecko.ts",
    search: "id !== undefined && asked.delete(id) ? id : undefined",
    replace: "id",
    tests: ["test/sources/coingecko.test.ts"],
  },
  {
    name: "forgets at a restart that a source is left alone",
    file: "src/objects/source/driver.ts",
    search: "new Guard(openMs, store.state.breaker)",
    replace: "new Guard(openMs, null)",
    tests: OBJECT,
  },
];
