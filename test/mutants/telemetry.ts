/** What is counted, once, and what no metric and no log line may say. When code moves, `file` and `search` move along. */
import type { Mutant } from "./mutant.ts";

export const telemetryMutants: readonly Mutant[] = [
  {
    name: "counts a flush again when it is sent again",
    file: "src/objects/meter/totals.ts",
    search: "if (last && seq <= last.seq) return false;",
    replace: "",
    tests: ["test/objects/meter/meter.test.ts"],
  },
  {
    name: "forgets a crash later which flush it has counted",
    file: "src/objects/meter/totals.ts",
    search: "this.#changed.add(REPORTERS);",
    replace: "",
    tests: ["test/objects/meter/meter.test.ts"],
  },
  {
    name: "answers a flush before it is written",
    file: "src/objects/meter/meter-object.ts",
    search: "await this.#writes.settled();",
    replace: "",
    tests: ["test/objects/meter/meter.test.ts"],
  },
  {
    name: "gives a flush that is sent again a new number",
    file: "src/telemetry/meter-buffer.ts",
    search: "const flush = (onItsWay ??= takeAll());",
    replace: "const flush = onItsWay ? { ...onItsWay, seq: (seq += 1) } : (onItsWay = takeAll());",
    tests: ["test/telemetry/meter-buffer.test.ts"],
  },
  {
    name: "loses what the Meter did not take",
    file: "src/telemetry/meter-buffer.ts",
    search: "    failures += 1;\n",
    replace: "    failures += 1;\n    onItsWay = undefined;\n",
    tests: ["test/telemetry/meter-buffer.test.ts"],
  },
  {
    name: "never flushes again when a request ended with its flush",
    file: "src/telemetry/meter-buffer.ts",
    search: "notBefore = now + METER_FLUSH_LOST_MS;",
    replace: "notBefore = Number.POSITIVE_INFINITY;",
    tests: ["test/telemetry/meter-buffer.test.ts"],
  },
  {
    name: "counts the last event of a stretch of the log twice",
    file: "src/d1/event-sums.ts",
    search: "const isWanted = and(gt(events.offset, first),",
    replace: "const isWanted = and(gt(events.offset, sql`${first} - 1`),",
    tests: ["test/objects/meter/meter.test.ts"],
  },
  {
    name: "takes units that pass to another hold for released",
    file: "src/d1/event-sums.ts",
    search: "IS NULL, 'released', 'superseded')",
    replace: "IS NULL, 'released', 'released')",
    tests: ["test/telemetry/metrics.test.ts"],
  },
  {
    name: "writes the path of a request into the log",
    file: "src/http/observed.ts",
    search: "    ...facts,\n    requestId",
    replace: "    ...facts,\n    route: c.req.path,\n    requestId",
    tests: ["test/http/observed.test.ts"],
  },
  {
    name: "logs the product that one without a key has named",
    file: "src/http/observed.ts",
    search: "credential && facts.status !== 400 ? productIdOf(c) : undefined",
    replace: "productIdOf(c)",
    tests: ["test/http/observed.test.ts"],
  },
  {
    name: "lets the key of metrics read what a key is",
    file: "src/http/request/auth.ts",
    search: '(access === "any key" && !readsMetrics)',
    replace: 'access === "any key"',
    tests: ["test/telemetry/metrics.test.ts"],
  },
  {
    name: "measures the outbox only while the book answers",
    file: "src/objects/ledger/ledger-object.ts",
    search: "this.#turnedAway.add(entry.productId, oldestEventAt(entry));",
    replace: "this.#turnedAway.add(entry.productId);",
    tests: ["test/jobs/telemetry.test.ts"],
  },
];
