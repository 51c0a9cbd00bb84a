/** The way from the book to the endpoint, on the rows of a real object, with a book and an endpoint of the test's own. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LogEvent, LogPage } from "../../../src/d1/event-tail";
import type { Stretch } from "../../../src/d1/projection";
import { wants, type Webhook } from "../../../src/domain/webhook";
import { WEBHOOK_MAX_FAILURES, WEBHOOK_PAGE_EVENTS, WEBHOOK_READ_BACKOFF } from "../../../src/limits";
import type { Attempt } from "../../../src/objects/webhook/attempt";
import { Dispatcher } from "../../../src/objects/webhook/dispatcher";
import { WebhookStore } from "../../../src/objects/webhook/store";

const NEW: Webhook = {
  url: "https://hooks.example.com",
  types: null,
  productIds: null,
  description: null,
  secrets: [],
  status: "active",
  disabledReason: null,
  nextOffset: 1,
  failures: 0,
  nextAttemptAt: null,
  lastDeliveredAt: null,
  missed: null,
  disablings: 0,
  createdAt: 0,
  updatedAt: 0,
};

/** Offsets that the test's book looks at for one read. */
const WINDOW = 120;

const GOOD: Attempt = {
  delivered: true,
  httpStatus: 200,
  error: null,
  durationMs: 1,
  gone: false,
  retryAfterMs: 0,
};
const BAD: Attempt = { ...GOOD, delivered: false, httpStatus: 500, error: "answered 500" };

function event(offset: number, productId = "A"): LogEvent {
  const body = JSON.stringify({ id: `${productId}:${offset}`, at: new Date(offset).toISOString() });
  return { offset, productId, type: "stock.low", body };
}

function eventsUpTo(last: number, first = 1): LogEvent[] {
  return Array.from({ length: last - first + 1 }, (_, index) => event(first + index));
}

/** Everything a test may turn, and what came of it. */
interface Stage {
  store: WebhookStore;
  dispatcher: Dispatcher;
  book: LogEvent[];
  reads: number[];
  sent: string[];
  puts: () => number;
  logged: string[];
  /** Decides what comes of the nth attempt. */
  attempt: (messageId: string, nth: number) => Attempt | Promise<Attempt>;
  readFails: boolean;
  followFails: boolean;
  /** What the ledgers know to hold nothing for this webhook. */
  unwanted: Stretch[];
}

function onStage(webhook: Partial<Webhook>, play: (stage: Stage) => Promise<void>): Promise<void> {
  const stub = env.WEBHOOK.getByName(`dispatcher-${crypto.randomUUID()}`);
  return runInDurableObject(stub, async (_, { storage }) => {
    const store = new WebhookStore(storage, "wh_1", 1000);
    store.make({ ...NEW, ...webhook });
    const puts = vi.spyOn(store, "change");
    const stage: Omit<Stage, "dispatcher"> = {
      store,
      book: [],
      reads: [],
      sent: [],
      puts: () => puts.mock.calls.length,
      logged: [],
      attempt: () => GOOD,
      readFails: false,
      followFails: false,
      unwanted: [],
    };
    const dispatcher = new Dispatcher({
      store,
      follow: async () => {
        if (stage.followFails) throw new Error("the ledger is away");
        return stage.unwanted;
      },
      read: ({ offset: from, limit, filter }): Promise<LogPage> => {
        stage.reads.push(from);
        if (stage.readFails) return Promise.reject(new Error("the book is away"));
        const [oldest = null, newest = null] = [stage.book[0]?.offset, stage.book.at(-1)?.offset];
        const end = Math.min(Math.max(from, oldest ?? 0) + WINDOW, (newest ?? 0) + 1);
        const looked = stage.book.filter(({ offset }) => offset >= from && offset < end);
        const rows = looked.filter((one) => wants(filter, { ...one, type: "stock.low" })).slice(0, limit);
        const last = rows.length === limit ? rows.at(-1) : undefined;
        return Promise.resolve({ oldest, newest, rows, nextOffset: last ? last.offset + 1 : end });
      },
      attempt: async ({ messageId }) => {
        stage.sent.push(messageId);
        return stage.attempt(messageId, stage.sent.length);
      },
      onWaiting: () => undefined,
      log: (what) => void stage.logged.push(what),
    });
    await play(Object.assign(stage, { dispatcher }));
  });
}

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(1));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const idsOf = (rows: LogEvent[]) => rows.map(({ offset }) => `evt_${offset}`);

describe("the dispatcher", () => {
  it("takes many pages, each event once, in order, and stops at the end of the book", () =>
    onStage({}, async (stage) => {
      stage.book = eventsUpTo(2 * WEBHOOK_PAGE_EVENTS + 5);
      await stage.dispatcher.check();
      expect(stage.sent).toEqual(idsOf(stage.book));
      expect(stage.reads).toEqual([1, 101, 201]);
      expect(stage.store.known.nextOffset).toBe(stage.book.length + 1);
      expect(stage.dispatcher.resumeAt).toBeNull();
    }));

  it("writes the cursor once for a page that the filter leaves out", () =>
    onStage({ productIds: ["B"] }, async (stage) => {
      stage.book = eventsUpTo(WINDOW + 30);
      await stage.dispatcher.check();
      expect(stage.sent).toEqual([]);
      expect(stage.reads).toEqual([1, WINDOW + 1]);
      expect(stage.puts()).toBe(2);
      expect(stage.store.known.nextOffset).toBe(WINDOW + 31);
      await stage.dispatcher.check();
      expect(stage.puts()).toBe(2);
    }));

  it("has the cursor written down before it sends the next", () =>
    onStage({ productIds: ["B"] }, async (stage) => {
      stage.book = [event(1), event(2, "B"), event(3), event(4, "B")];
      const written: number[] = [];
      stage.attempt = () => {
        stage.store.load();
        written.push(stage.store.known.nextOffset);
        return GOOD;
      };
      await stage.dispatcher.check();
      expect(stage.sent).toEqual(["evt_2", "evt_4"]);
      expect(written).toEqual([1, 3]);
      expect(stage.store.known.nextOffset).toBe(5);
    }));

  it("stands still where a delivery failed, and goes on there when its time has come", () =>
    onStage({}, async (stage) => {
      const startedAt = Date.now();
      vi.useFakeTimers({ toFake: ["Date"], now: startedAt });
      stage.book = eventsUpTo(3);
      stage.attempt = (id, nth) => (id === "evt_2" && nth < 4 ? BAD : GOOD);
      await stage.dispatcher.check();
      expect(stage.store.known).toMatchObject({ nextOffset: 2, failures: 1 });
      expect(stage.dispatcher.resumeAt).toBe(startedAt + 1000);
      await stage.dispatcher.check();
      expect(stage.sent).toEqual(["evt_1", "evt_2"]);
      vi.setSystemTime(startedAt + 1000);
      await stage.dispatcher.check();
      expect(stage.store.known).toMatchObject({ nextOffset: 2, failures: 2 });
      expect(stage.dispatcher.resumeAt).toBe(startedAt + 3000);
      vi.setSystemTime(startedAt + 3000);
      await stage.dispatcher.check();
      expect(stage.sent).toEqual(["evt_1", "evt_2", "evt_2", "evt_2", "evt_3"]);
      expect(stage.store.known).toMatchObject({ nextOffset: 4, failures: 0, nextAttemptAt: null });
      const attempts = stage.store.deliveries(Infinity, 10).map(({ delivery }) => delivery.attempt);
      expect(attempts).toEqual([1, 3, 2, 1, 1]);
    }));

  it("waits as long as the endpoint asks, if that is longer", () =>
    onStage({}, async (stage) => {
      vi.useFakeTimers({ toFake: ["Date"] });
      stage.book = eventsUpTo(1);
      stage.attempt = () => ({ ...BAD, httpStatus: 503, retryAfterMs: 90_000 });
      await stage.dispatcher.check();
      expect(stage.dispatcher.resumeAt).toBe(Date.now() + 90_000);
    }));

  it("gives up after so many failures of one event, not of several", () =>
    onStage({}, async (stage) => {
      vi.useFakeTimers({ toFake: ["Date"] });
      stage.book = eventsUpTo(2);
      stage.attempt = (_, nth) => (nth === WEBHOOK_MAX_FAILURES ? GOOD : BAD);
      for (let nth = 1; nth < 2 * WEBHOOK_MAX_FAILURES; nth += 1) {
        expect(stage.store.known.status).toBe("active");
        await stage.dispatcher.check();
        vi.setSystemTime(Date.now() + 3_600_000);
      }
      expect(stage.store.known).toMatchObject({
        status: "disabled",
        disabledReason: "repeated_failure",
        failures: WEBHOOK_MAX_FAILURES,
        nextOffset: 2,
        nextAttemptAt: null,
      });
      const sent = stage.sent.length;
      await stage.dispatcher.check();
      expect(stage.sent).toHaveLength(sent);
      expect(stage.dispatcher.resumeAt).toBeNull();
    }));

  it("goes on with what the book got during a run", () =>
    onStage({}, async (stage) => {
      stage.book = eventsUpTo(2);
      stage.attempt = (id) => {
        if (id === "evt_2") {
          stage.book.push(event(3));
          stage.dispatcher.wake();
        }
        return GOOD;
      };
      await stage.dispatcher.check();
      await vi.waitFor(() => expect(stage.sent).toEqual(["evt_1", "evt_2", "evt_3"]));
    }));

  it("sends one message at a time, however often it is told", () =>
    onStage({}, async (stage) => {
      stage.book = eventsUpTo(5);
      let under = 0;
      stage.attempt = async () => {
        under += 1;
        expect(under).toBe(1);
        await scheduler.wait(5);
        under -= 1;
        return GOOD;
      };
      await Promise.all(Array.from({ length: 5 }, () => stage.dispatcher.check()));
      expect(stage.sent).toEqual(idsOf(stage.book));
    }));

  it("is not held up by a ledger that does not answer, and asks it again soon", () =>
    onStage({}, async (stage) => {
      stage.book = eventsUpTo(2);
      stage.followFails = true;
      await stage.dispatcher.check();
      expect(stage.sent).toEqual(["evt_1", "evt_2"]);
      expect(stage.dispatcher.resumeAt).toBeGreaterThan(Date.now());
      stage.followFails = false;
      await stage.dispatcher.check();
      expect(stage.dispatcher.resumeAt).toBeNull();
    }));

  it("does not read what the ledgers know to hold nothing for it, in whatever order they say so", () =>
    onStage({ nextOffset: 5 }, async (stage) => {
      stage.book = eventsUpTo(30);
      stage.unwanted = [
        { after: 10, to: 20 },
        { after: 0, to: 3 },
        { after: 2, to: 10 },
        { after: 22, to: 29 },
      ];
      await stage.dispatcher.check();
      expect(stage.reads).toEqual([21]);
      expect(stage.sent).toEqual(idsOf(eventsUpTo(30, 21)));
    }));

  it("comes back later when the book cannot be read", () =>
    onStage({}, async (stage) => {
      stage.readFails = true;
      await stage.dispatcher.check();
      expect(stage.dispatcher.resumeAt).toBeGreaterThan(Date.now() + WEBHOOK_READ_BACKOFF.minMs - 1000);
      stage.readFails = false;
      stage.book = eventsUpTo(1);
      await stage.dispatcher.check();
      expect(stage.sent).toEqual(["evt_1"]);
      expect(stage.dispatcher.resumeAt).toBeNull();
    }));

  it("goes on at the oldest event when the book no longer has the next, and says so", () =>
    onStage({ failures: 3 }, async (stage) => {
      stage.book = eventsUpTo(12, 10);
      await stage.dispatcher.check();
      expect(stage.sent).toEqual(["evt_10", "evt_11", "evt_12"]);
      expect(stage.store.known).toMatchObject({ missed: { from: 1, to: 9 }, failures: 0 });
      expect(stage.logged).toEqual(["webhook: events were no longer kept"]);
      expect(stage.store.deliveries(11, 1)[0]?.delivery.attempt).toBe(1);
    }));

  it("goes back to the end of a book that was restored from before", () =>
    onStage({ nextOffset: 50 }, async (stage) => {
      stage.book = eventsUpTo(20);
      await stage.dispatcher.check();
      expect(stage.store.known.nextOffset).toBe(21);
      expect(stage.logged).toEqual(["webhook: cursor moved back"]);
      stage.book.push(event(21));
      await stage.dispatcher.check();
      expect(stage.sent).toEqual(["evt_21"]);
    }));

  it.each([
    ["delivered", GOOD],
    ["failed", BAD],
  ])("leaves a cursor alone that was moved while a message was under way that %s", (_, came) =>
    onStage({}, async (stage) => {
      stage.book = eventsUpTo(3);
      stage.attempt = (_id, nth) => {
        if (nth !== 3) return GOOD;
        stage.store.redirect({ nextOffset: 2 });
        return came;
      };
      await stage.dispatcher.check();
      expect(stage.sent).toEqual(["evt_1", "evt_2", "evt_3", "evt_2", "evt_3"]);
      expect(stage.store.known).toMatchObject({ nextOffset: 4, failures: 0 });
    }),
  );

  it("reads anew when the cursor was moved while the book was read", () =>
    onStage({ nextOffset: 3 }, async (stage) => {
      stage.book = eventsUpTo(3);
      const running = stage.dispatcher.check();
      await Promise.resolve();
      stage.store.redirect({ nextOffset: 1 });
      await running;
      expect(stage.sent).toEqual(["evt_1", "evt_2", "evt_3"]);
    }));

  it("sends by the new filter as soon as there is one", () =>
    onStage({}, async (stage) => {
      stage.book = [event(1), event(2), event(3, "B"), event(4)];
      stage.attempt = (id) => {
        if (id === "evt_1") stage.store.redirect({ productIds: ["B"] });
        return GOOD;
      };
      await stage.dispatcher.check();
      // What was under way when the filter came is not known to have counted.
      expect(stage.sent).toEqual(["evt_1", "evt_3"]);
      expect(stage.store.known.nextOffset).toBe(5);
    }));

  it("stops where it is when the webhook is deleted under it", () =>
    onStage({}, async (stage) => {
      stage.book = eventsUpTo(3);
      stage.attempt = () => {
        stage.store.forget();
        return GOOD;
      };
      await stage.dispatcher.check();
      await stage.dispatcher.check();
      expect(stage.sent).toEqual(["evt_1"]);
      expect(stage.dispatcher.resumeAt).toBeNull();
    }));

  it("stops where it is when it is disabled while a message is under way", () =>
    onStage({}, async (stage) => {
      stage.book = eventsUpTo(3);
      stage.attempt = () => {
        stage.store.disable({ reason: "requested", actor: "key:1", at: 1 });
        return BAD;
      };
      await stage.dispatcher.check();
      expect(stage.sent).toEqual(["evt_1"]);
      expect(stage.store.known).toMatchObject({ nextOffset: 1, failures: 0, disablings: 1 });
    }));
});
