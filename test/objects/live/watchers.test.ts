import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { WebhookFilter } from "../../../src/domain/webhook";
import { WATCHER_MAX_FAILURES } from "../../../src/limits";
import { Watchers, WATCHERS_TABLE, type News, type WatcherAnswer } from "../../../src/objects/live/watchers";

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

describe("watchers", () => {
  it("are told once of what changes together, and afterwards of what changes meanwhile", () =>
    inStorage(async (sql) => {
      const tell = vi.fn(listening);
      const watchers = new Watchers(sql, { tell, onFailure: vi.fn(), spacingMs: 20 });
      expect(watchers.any).toBe(false);
      watchers.notify();
      watchers.add("a");
      watchers.add("a");
      watchers.notify();
      watchers.notify();
      expect(tell.mock.calls).toEqual([["a"]]);
      await vi.waitFor(() => expect(tell).toHaveBeenCalledTimes(2));
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(tell).toHaveBeenCalledTimes(2);
    }));

  it("are still known after a restart, until they say that nobody listens", () =>
    inStorage(async (sql) => {
      new Watchers(sql, { tell: listening, onFailure: vi.fn(), spacingMs: 0 }).add("a");
      const tell = vi.fn(() => Promise.resolve({ listening: false }));
      const watchers = new Watchers(sql, { tell, onFailure: vi.fn(), spacingMs: 0 });
      expect(watchers.any).toBe(true);
      watchers.notify();
      await vi.waitFor(() => expect(watchers.any).toBe(false));
      expect(names(sql)).toEqual([]);
    }));

  it("stay when they have asked again since a call that found nobody", () =>
    inStorage(async (sql) => {
      const answers: ((answer: WatcherAnswer) => void)[] = [];
      const tell = () => new Promise<WatcherAnswer>((resolve) => answers.push(resolve));
      const watchers = new Watchers(sql, { tell, onFailure: vi.fn(), spacingMs: 0 });
      watchers.add("a");
      watchers.notify();
      watchers.add("a");
      answers[0]?.({ listening: false });
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(watchers.any).toBe(true);
      expect(names(sql)).toEqual([{ name: "a" }]);
    }));

  it("that fail are tried again, and one that fails does not keep another waiting", () =>
    inStorage(async (sql) => {
      const told: string[] = [];
      let failures = 1;
      const tell = (name: string) => {
        told.push(name);
        return name === "bad" && failures-- > 0 ? Promise.reject(new Error("away")) : listening();
      };
      const onFailure = vi.fn();
      const watchers = new Watchers(sql, { tell, onFailure, spacingMs: 0 });
      watchers.add("bad");
      watchers.add("good");
      watchers.notify();
      await vi.waitFor(() => expect(told).toEqual(["bad", "good", "bad"]));
      expect(onFailure).not.toHaveBeenCalled();
    }));

  it("that go on failing are left alone until the next change, and nobody forgets them", () =>
    inStorage(async (sql) => {
      vi.useFakeTimers();
      const tell = vi.fn(() => Promise.reject(new Error("away")));
      const onFailure = vi.fn();
      const watchers = new Watchers(sql, { tell, onFailure, spacingMs: 0 });
      watchers.add("a");
      watchers.notify();
      await vi.advanceTimersByTimeAsync(3_600_000);
      expect(tell).toHaveBeenCalledTimes(WATCHER_MAX_FAILURES);
      expect(onFailure).toHaveBeenCalledOnce();
      watchers.notify();
      await vi.advanceTimersByTimeAsync(0);
      expect(tell).toHaveBeenCalledTimes(WATCHER_MAX_FAILURES + 1);
      vi.useRealTimers();
      expect(names(sql)).toEqual([{ name: "a" }]);
    }));

  const wants: WebhookFilter = { types: ["stock.low"], productIds: null };
  const news = (after: number, to: number, passes = false): News => ({
    stretch: { after, to },
    mayPass: () => passes,
  });

  it("are not told of what they do not want, but what that was when they ask again", () =>
    inStorage(async (sql) => {
      const tell = vi.fn(() => Promise.resolve({ listening: true, wants }));
      const watchers = new Watchers(sql, { tell, onFailure: vi.fn(), spacingMs: 0 });
      expect(watchers.add("a"), "it has not said yet what it wants").toBeNull();
      const told = async (calls: number) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(tell).toHaveBeenCalledTimes(calls);
      };
      watchers.notify(news(0, 3));
      await told(1);
      watchers.notify(news(3, 5));
      watchers.notify(news(5, 9));
      await told(1);
      expect(watchers.add("a", wants)).toEqual({ after: 3, to: 9 });
      watchers.notify(news(9, 10, true));
      await told(2);
      watchers.notify(news(10, 12));
      expect(watchers.add("a", wants), "not over what it was told of").toEqual({ after: 10, to: 12 });
      watchers.notify(news(13, 14));
      expect(watchers.add("a", wants), "not over what nobody here has seen").toEqual({ after: 13, to: 14 });
      watchers.notify();
      await told(3);
      expect(watchers.add("a", { ...wants, types: null }), "not for what it wants now").toBeNull();
    }));

  it("whose wishes changed while they were told are told by the new ones", () =>
    inStorage(async (sql) => {
      const answers: ((answer: WatcherAnswer) => void)[] = [];
      const tell = vi.fn(() => new Promise<WatcherAnswer>((resolve) => answers.push(resolve)));
      const watchers = new Watchers(sql, { tell, onFailure: vi.fn(), spacingMs: 0 });
      watchers.add("a");
      watchers.notify();
      watchers.add("a", { types: null, productIds: ["b"] });
      answers[0]?.({ listening: true, wants });
      await new Promise((resolve) => setTimeout(resolve, 5));
      watchers.notify({ ...news(0, 1), mayPass: ({ productIds }) => productIds?.[0] === "b" });
      expect(tell).toHaveBeenCalledTimes(2);
    }));
});
