/**
 * R4: random histories of three products that share a ledger and a hub, while D1, KV and hubs fail in every way and alarms come late
 * or doubled. Decisions agree with the reference at every step; when all is well again, everybody agrees: the book, KV, the verifier
 * and one who listened all the time.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readCatalogEntry } from "../../src/kv/catalog-cache";
import { allLedgers } from "../../src/ledgers";
import { shardName } from "../../src/domain/listening";
import { HUB_LEVEL_CHECK_MS } from "../../src/limits";
import { expectRising, listen, until, versionsOf, type Client } from "../acceptance/live-client";
import { ADMIN } from "../acceptance/api";
import { Driver } from "./driver";
import { fault, Faults } from "./faults";
import { operation } from "./operations";
import { Reference } from "./reference";

const RUNS = Number(env.FAULT_RUNS);
const PRODUCTS = 3;
const HEALED_SECONDS = 20;
const HUB = shardName("levels", 0);

const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ on: fc.nat({ max: PRODUCTS - 1 }), operation }) },
  { weight: 3, arbitrary: fc.record({ fault }) },
  { weight: 1, arbitrary: fc.record({ doubled: fc.nat({ max: PRODUCTS - 1 }) }) },
  { weight: 1, arbitrary: fc.record({ killed: fc.constant("ledger" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const faults = new Faults();

describe("R4: random histories while everything around fails", () => {
  let histories = 0;

  beforeEach(() => {
    // Ahead of the real clock: alarms come when the history says so.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 24 * 3_600_000 });
    vi.spyOn(console, "error").mockReturnValue(undefined);
    vi.spyOn(env.METER, "getByName").mockImplementation(() => ({ add: () => Promise.resolve() }) as never);
    faults.install();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it(
    "decisions stay right, and afterwards everybody agrees",
    { timeout: 60_000 + RUNS * 60_000 },
    async ({ task }) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
          histories += 1;
          faults.heal();
          const names = Array.from({ length: PRODUCTS }, (_, index) => `fault-${histories}-${index}`);
          const drivers = names.map((name) => new Driver(name, new Reference(Date.now(), 12), faults));
          for (const driver of drivers) await driver.create(12);
          const listener = await listen(`/v1/inventory/live?products=${names.join()}`, { key: ADMIN });
          for (const one of steps) await take(drivers, one);
          faults.heal();
          for (const driver of drivers) await driver.checkBook();
          for (const driver of drivers) await driver.checkVerifier(1);
          await checkFollowers(names, listener);
          listener.close();
        }),
        // A history takes seconds: the first that fails is not made shorter.
        { numRuns: RUNS, endOnFailure: true },
      );
      task.meta.tried = histories;
    },
  );

  async function take(drivers: readonly Driver[], one: Step): Promise<void> {
    if ("fault" in one) faults.now = one.fault;
    else if ("killed" in one) for (const ledger of allLedgers(env)) await kill(ledger);
    else if ("doubled" in one) await alarmTwice(drivers[one.doubled]);
    else if (one.operation.op === "crash") await kill(drivers[one.on]?.stub);
    // Time is the same for all.
    else if (one.operation.op === "advance") for (const driver of drivers) await driver.run(one.operation);
    else await drivers[one.on]?.run(one.operation);
  }
});

/** At once: an eviction would wait for what is tried again and again. */
async function kill(stub: Fetcher | undefined): Promise<void> {
  if (stub)
    await runInDurableObject(stub as never, (_, state) => state.abort("killed")).catch(() => undefined);
}

/** Both at once, as after a crash of the machine that ran the first. */
async function alarmTwice(driver: Driver | undefined): Promise<void> {
  if (driver)
    await runInDurableObject(driver.stub, (object) => Promise.all([object.alarm(), object.alarm()]));
}

/** What hubs were not told for long they ask for by their alarm. */
async function hubLooks(): Promise<void> {
  vi.setSystemTime(Date.now() + HUB_LEVEL_CHECK_MS);
  await runInDurableObject(faults.hub(HUB), (hub) => hub.alarm());
}

/** KV has each product as its object has it, and who listened was sent versions that only rose, the last one included. */
async function checkFollowers(names: readonly string[], listener: Client): Promise<void> {
  await hubLooks();
  for (const name of names) {
    const stub = env.PRODUCT.getByName(name);
    const entry = await stub.read({ view: "product" });
    const stock = await stub.read({ view: "stock", clamped: false });
    await vi.waitFor(async () => {
      const inKv = await readCatalogEntry(env.CATALOG, name);
      // One that nobody has published yet is read from the book.
      if (inKv) expect(inKv.body).toBe(entry.ok ? entry.body : "");
    }, HEALED_SECONDS * 1000);
    const seen = () => versionsOf(listener.told, name);
    await until(() => expect(seen().at(-1)).toBe(stock.ok ? stock.version : 0), HEALED_SECONDS);
    expectRising(seen());
  }
}
