import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { QuoteUpdate } from "../../../src/domain/quote";
import type { WatcherAnswer } from "../../../src/objects/flow/notifier";
import { MAX_QUOTES_FOR_HUBS } from "../../../src/limits/quotes";
import { WATCHERS_TABLE } from "../../../src/objects/flow/notifier";
import { QuoteReporter } from "../../../src/objects/quotes/quote-reporter";

let made = 0;

type Notify = (hub: string, updates: QuoteUpdate[]) => Promise<WatcherAnswer>;

function reporting(notify: Notify, work: (reporter: QuoteReporter, onFailure: unknown) => Promise<void>) {
  made += 1;
  return runInDurableObject(env.LEDGER.getByName(`reporter-${made}`), (_, { storage }) => {
    storage.sql.exec(WATCHERS_TABLE);
    const onFailure = vi.fn();
    return work(new QuoteReporter(storage.sql, { notify, onFailure }), onFailure);
  });
}

function update(productId: string, amount: string): QuoteUpdate {
  return { productId, amount, currency: "USD", source: "feed", atMs: 1 };
}

const listening: WatcherAnswer = { listening: true };

describe("new prices for the hubs", () => {
  it("go to each once, of a product the newest, and to nobody who does not listen", async () => {
    const had = new Map<string, string[]>();
    const notify: Notify = async (hub, updates) => {
      had.set(hub, [...(had.get(hub) ?? []), ...updates.map(({ productId, amount }) => productId + amount)]);
      return { listening: hub !== "levels:1" };
    };
    await reporting(notify, async (reporter) => {
      reporter.changed([update("a", "0")]);
      reporter.add("levels:0");
      reporter.add("levels:1");
      reporter.changed([update("a", "1"), update("b", "1")]);
      reporter.changed([update("a", "2")]);
      await vi.waitFor(() =>
        expect([...had.values()]).toEqual([
          ["b1", "a2"],
          ["b1", "a2"],
        ]),
      );
      reporter.changed([update("a", "3")]);
      await vi.waitFor(() => expect(had.get("levels:0")).toEqual(["b1", "a2", "a3"]));
      expect(had.get("levels:1"), "has said that nobody listens").toEqual(["b1", "a2"]);
    });
  });

  it("are held up for no hub by another that hangs or fails; that one gets the newest when it is back", async () => {
    const had: string[] = [];
    const late: string[][] = [];
    let isAway = true;
    const notify: Notify = async (hub, updates) => {
      const amounts = updates.map(({ amount }) => amount);
      if (hub === "levels:2") return new Promise(() => undefined);
      if (hub === "levels:0") had.push(...amounts);
      else if (isAway) throw new Error("away");
      else late.push(amounts);
      return listening;
    };
    await reporting(notify, async (reporter) => {
      for (const hub of ["levels:0", "levels:1", "levels:2"]) reporter.add(hub);
      for (const amount of ["1", "2", "3"]) {
        reporter.changed([update("a", amount)]);
        await vi.waitFor(() => expect(had.at(-1)).toBe(amount));
      }
      isAway = false;
      await vi.waitFor(() => expect(late).toEqual([["3"]]), { timeout: 5000 });
    });
  });

  it("are kept, after a start too, for a hub that fails while others have had them", async () => {
    const late: string[] = [];
    let isAway = true;
    const notify: Notify = async (hub, updates) => {
      if (hub === "levels:0" && isAway) throw new Error("away");
      if (hub === "levels:0") late.push(...updates.map(({ amount }) => amount));
      return listening;
    };
    await runInDurableObject(env.LEDGER.getByName("reporter-restarted"), async (_, { storage }) => {
      storage.sql.exec(WATCHERS_TABLE);
      const before = new QuoteReporter(storage.sql, { notify, onFailure: vi.fn() });
      for (const hub of ["levels:0", "levels:1"]) before.add(hub);
      const reporter = new QuoteReporter(storage.sql, { notify, onFailure: vi.fn() });
      reporter.changed([update("a", "1")]);
      await scheduler.wait(50);
      isAway = false;
      await vi.waitFor(() => expect(late).toEqual(["1"]));
    });
  });

  it("are kept for a hub that is away for so many products and no more, the newest of them", async () => {
    let isAway = true;
    const notify = vi.fn<Notify>(async () => {
      if (isAway) throw new Error("away");
      return listening;
    });
    await reporting(notify, async (reporter) => {
      reporter.add("levels:0");
      reporter.changed(
        Array.from({ length: MAX_QUOTES_FOR_HUBS + 5 }, (_, index) => update(`p${index}`, "1")),
      );
      await vi.waitFor(() => expect(notify).toHaveBeenCalled());
      isAway = false;
      await vi.waitFor(() => expect(notify.mock.calls.length).toBeGreaterThan(1));
      expect(notify.mock.lastCall?.[1]).toHaveLength(MAX_QUOTES_FOR_HUBS);
      expect(notify.mock.lastCall?.[1][0]?.productId).toBe("p5");
    });
  });
});
