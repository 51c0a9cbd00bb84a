/** R1: random histories of a product, run against a real object beside a plain reference. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Driver } from "./driver";
import { operation } from "./operations";
import { Reference } from "./reference";

/** Files that share the histories, each with a seed of its own, so that they can run beside each other. */
const FILES = 3;
const RUNS = Math.ceil(Number(env.MODEL_RUNS) / FILES);

export function runHistories(): void {
  const book = { down: false };
  // Files follow each other in one workerd; no product of one is named like one of another.
  const run = crypto.randomUUID().slice(0, 8);
  let histories = 0;

  beforeEach(() => {
    // Ahead of the real clock, so that no alarm fires by itself: the histories run them.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 24 * 3_600_000 });
    const batch = env.BOOK.batch.bind(env.BOOK);
    vi.spyOn(console, "error").mockReturnValue(undefined);
    // A crash waits for what an object still sends: counts of everything would keep it awake while the clock stands still.
    vi.spyOn(env.METER, "getByName").mockImplementation(() => ({ add: () => Promise.resolve() }) as never);
    vi.spyOn(env.BOOK, "batch").mockImplementation((statements) =>
      book.down ? Promise.reject(new Error("the book is away")) : batch(statements),
    );
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it(
    "agrees with the reference after every step, and the book with both in the end",
    { timeout: 5000 + RUNS * 3000 },
    async ({ task }) => {
      await fc.assert(
        fc.asyncProperty(
          fc.nat({ max: 25 }),
          fc.array(operation, { minLength: 5, maxLength: 30 }),
          fc.double({ min: 0, max: 1, noNaN: true }),
          async (initial, operations, keptFraction) => {
            histories += 1;
            book.down = false;
            const driver = new Driver(`model-${run}-${histories}`, new Reference(Date.now(), initial), book);
            await driver.create(initial);
            for (const one of operations) await driver.run(one);
            await driver.checkBook();
            await driver.checkReports();
            await driver.checkVerifier(keptFraction);
          },
        ),
        { numRuns: RUNS },
      );
      expect(histories).toBeGreaterThanOrEqual(RUNS);
      task.meta.tried = histories;
    },
  );
}
