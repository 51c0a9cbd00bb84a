import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { WebhookFilter } from "../../../src/domain/webhook";
import { MAX_STRETCHES_KEPT, WATCHER_MAX_FAILURES } from "../../../src/limits";
import {
  Notifier,
  WATCHERS_TABLE,
  type Growth,
  type WatcherAnswer,
} from "../../../src/objects/flow/notifier";

let made = 0;

/** In the storage of an object that is used for nothing else. */
function inStorage<T>(work: (sql: SqlStorage) => Promise<T>): Promise<T> {
  made += 1;
  return runInDurableObject(env.LEDGER.getByName(`watchers-${made}`), (_, { storage }) => {
    storage.sql.exec(WATCHERS_TABLE);
    return work(storage.sql);
  });
}

const listening = (): Promise<WatcherAnswer> => Promise.resolve({ listening: true });
const names = (sql: SqlStorage) => sql.exec("SELECT name FROM watchers ORDER BY name").toArray();

describe("watchers of a notifier", () => {
  it("are notified once of what changes together, and afterwards of what changes meanwhile", () =>
    inStorage(async (sql) => {
      const notify = vi.fn(listening);
      const notifier = new Notifier(sql, { notify, onFailure: vi.fn(), spacingMs: 20 });
      expect(names(sql)).toEqual([]);
      notifier.notify();
      notifier.add("a");
      notifier.add("a");
      notifier.notify();
      await scheduler.wait(1);
      notifier.notify();
      expect(notify.mock.calls).toEqual([["a"]]);
      await vi.waitFor(() => expect(notify).toHaveBeenCalledTimes(2));
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(notify).toHaveBeenCalledTimes(2);
    }));

  it("are still known after a restart, until they say that nobody listens", () =>
    inStorage(async (sql) => {
      new Notifier(sql, { notify: listening, onFailure: vi.fn(), spacingMs: 0 }).add("a");
      const notify = vi.fn(() => Promise.resolve({ listening: false }));
      const notifier = new Notifier(sql, { notify, onFailure: vi.fn(), spacingMs: 0 });
      expect(names(sql)).toHaveLength(1);
      notifier.notify();
      await vi.waitFor(() => expect(names(sql)).toEqual([]));
    }));

  it("stay when they have asked again since a call that found nobody", () =>
    inStorage(async (sql) => {
      const answers: ((answer: WatcherAnswer) => void)[] = [];
      const notify = () => new Promise<WatcherAnswer>((resolve) => answers.push(resolve));
      const notifier = new Notifier(sql, { notify, onFailure: vi.fn(), spacingMs: 0 });
      notifier.add("a");
      notifier.notify();
      notifier.add("a");
      answers[0]?.({ listening: false });
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(names(sql)).toHaveLength(1);
      expect(names(sql)).toEqual([{ name: "a" }]);
    }));

  it("that fail are tried again, and one that fails does not keep another waiting", () =>
    inStorage(async (sql) => {
      const notified: string[] = [];
      let failures = 1;
      const notify = (name: string) => {
        notified.push(name);
        return name === "bad" && failures-- > 0 ? Promise.reject(new Error("away")) : listening();
      };
      const onFailure = vi.fn();
      const notifier = new Notifier(sql, { notify, onFailure, spacingMs: 0 });
      notifier.add("bad");
      notifier.add("good");
      notifier.notify();
      await vi.waitFor(() => expect(notified).toEqual(["bad", "good", "bad"]));
      expect(onFailure).not.toHaveBeenCalled();
    }));

  it("that go on failing are left alone until the next change, and nobody forgets them", () =>
    inStorage(async (sql) => {
      vi.useFakeTimers();
      const notify = vi.fn(() => Promise.reject(new Error("away")));
      const onFailure = vi.fn();
      const notifier = new Notifier(sql, { notify, onFailure, spacingMs: 0 });
      notifier.add("a");
      notifier.notify();
      await vi.advanceTimersByTimeAsync(3_600_000);
      expect(notify).toHaveBeenCalledTimes(WATCHER_MAX_FAILURES);
      expect(onFailure).toHaveBeenCalledOnce();
      notifier.notify();
      await vi.advanceTimersByTimeAsync(0);
      expect(notify).toHaveBeenCalledTimes(WATCHER_MAX_FAILURES + 1);
      vi.useRealTimers();
      expect(names(sql)).toEqual([{ name: "a" }]);
    }));

  const wants: WebhookFilter = { types: ["stock.low"], productIds: null };
  const growth = (after: number, to: number, passes = false): Growth => ({
    stretch: { after, to },
    mayPass: () => passes,
  });

  it("are not notified of what they do not want, but what that was when they ask again", () =>
    inStorage(async (sql) => {
      const notify = vi.fn(() => Promise.resolve({ listening: true, wants }));
      const notifier = new Notifier(sql, { notify, onFailure: vi.fn(), spacingMs: 0 });
      expect(notifier.add("a"), "it has not said yet what it wants").toEqual([]);
      const expectCalls = async (calls: number) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(notify).toHaveBeenCalledTimes(calls);
      };
      notifier.notify(growth(0, 3));
      await expectCalls(1);
      notifier.notify(growth(3, 5));
      notifier.notify(growth(5, 9));
      await expectCalls(1);
      expect(notifier.add("a", wants)).toEqual([{ after: 3, to: 9 }]);
      notifier.notify(growth(9, 10, true));
      await expectCalls(2);
      notifier.notify(growth(10, 12));
      expect(notifier.add("a", wants), "only what came after").toEqual([{ after: 10, to: 12 }]);
      notifier.notify(growth(13, 14));
      notifier.notify(growth(16, 17));
      const gap = [
        { after: 13, to: 14 },
        { after: 16, to: 17 },
      ];
      expect(notifier.add("a", wants), "not over what nobody here has seen").toEqual(gap);
      expect(notifier.add("a", wants), "only once").toEqual([]);
      for (let n = 0; n < MAX_STRETCHES_KEPT + 5; n += 1) notifier.notify(growth(3 * n, 3 * n + 1));
      const kept = notifier.add("a", wants);
      expect([kept.length, kept[0]]).toEqual([MAX_STRETCHES_KEPT, { after: 15, to: 16 }]);
      notifier.notify();
      await expectCalls(3);
      expect(notifier.add("a", { ...wants, types: null }), "not for what it wants now").toEqual([]);
    }));

  it("whose wishes changed while they were notified are notified by the new ones", () =>
    inStorage(async (sql) => {
      const answers: ((answer: WatcherAnswer) => void)[] = [];
      const notify = vi.fn(() => new Promise<WatcherAnswer>((resolve) => answers.push(resolve)));
      const notifier = new Notifier(sql, { notify, onFailure: vi.fn(), spacingMs: 0 });
      notifier.add("a");
      notifier.notify();
      await scheduler.wait(1);
      notifier.add("a", { types: null, productIds: ["b"] });
      answers[0]?.({ listening: true, wants });
      await new Promise((resolve) => setTimeout(resolve, 5));
      notifier.notify({ ...growth(0, 1), mayPass: ({ productIds }) => productIds?.[0] === "b" });
      await scheduler.wait(1);
      expect(notify).toHaveBeenCalledTimes(2);
    }));
});
