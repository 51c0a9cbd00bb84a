/** What can be lost, and how a test loses it: the book, its newest rows, an object's storage. */
import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { ADMIN, call, eventually, expectStatus, type EventPage } from "../../acceptance/api";

export interface BookRebuild {
  run: number;
  phase: string;
  found: number;
  rebuilt: number;
  failed: number;
  locations: number;
  lists: { list: string; state: string; found: number; reason: string | null }[];
  failures: { productId: string; reason: string }[];
}

const OF_THE_PLATFORM = new Set(["d1_migrations", "_cf_METADATA", "sqlite_sequence"]);

async function tables(): Promise<string[]> {
  const { results } = await env.BOOK.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{
    name: string;
  }>();
  return results
    .map(({ name }) => name)
    .filter((name) => !OF_THE_PLATFORM.has(name) && !name.startsWith("saved_"));
}

/** As a new database is after its migrations. */
export async function loseBook(): Promise<void> {
  const emptied = (await tables()).filter((name) => name !== "report_progress");
  await env.BOOK.batch([
    ...emptied.map((name) => env.BOOK.prepare(`DELETE FROM ${name}`)),
    env.BOOK.prepare("UPDATE report_progress SET offset = 0"),
    env.BOOK.prepare(
      "INSERT INTO locations (location_id, name, priority, created_at_ms) VALUES ('main', 'Main', 0, 0)",
    ),
  ]);
}

/** Answers how the book becomes again what it is now. */
export async function rememberBook(): Promise<() => Promise<void>> {
  const names = await tables();
  await env.BOOK.batch(
    names.flatMap((name) => [
      env.BOOK.prepare(`DROP TABLE IF EXISTS saved_${name}`),
      env.BOOK.prepare(`CREATE TABLE saved_${name} AS SELECT * FROM ${name}`),
    ]),
  );
  return async () => {
    await env.BOOK.batch(
      names.flatMap((name) => [
        env.BOOK.prepare(`DELETE FROM ${name}`),
        env.BOOK.prepare(`INSERT INTO ${name} SELECT * FROM saved_${name}`),
      ]),
    );
  };
}

export async function loseObject(productId: string): Promise<void> {
  const stub = env.PRODUCT.getByName(productId);
  await runInDurableObject(stub, (_, state) => state.storage.deleteAll());
  await evictDurableObject(stub);
}

/** What is only in memory is gone; not before the ledger has written down how far the log has come. */
export async function restartEverything(): Promise<void> {
  const ledger = env.LEDGER.getByName("ledger:0");
  const { newest } = await ledger.logEnd();
  await eventually(
    () =>
      runInDurableObject(ledger, (_, { storage }) =>
        storage.sql.exec<{ newest: number }>("SELECT max(newest) AS newest FROM marks").one(),
      ),
    (marked) => void expect(marked.newest).toBe(newest),
  );
  await abortAllDurableObjects();
}

export async function rebuild(productIds?: string[]): Promise<BookRebuild> {
  const body = productIds && { productIds };
  const begun = await call("POST /v1/admin/book/rebuild", { key: ADMIN, ...(body && { body }) });
  expectStatus(begun, 202);
  return isRebuilt();
}

export async function isRebuilt(): Promise<BookRebuild> {
  return eventually(
    async () => expectStatus(await call<BookRebuild>("GET /v1/admin/book/rebuild", { key: ADMIN }), 200),
    ({ phase }) => expect(phase).toBe("done"),
    20,
  );
}

export async function eventsFrom(offset: number, query = ""): Promise<EventPage["events"]> {
  const found: EventPage["events"] = [];
  for (let next = offset, hasMore = true; hasMore;) {
    const path = `GET /v1/inventory/events?offset=${next}&limit=1000${query}`;
    const page = expectStatus(await call<EventPage>(path), 200);
    found.push(...page.events);
    [next, hasMore] = [page.nextOffset, page.hasMore];
  }
  return found;
}

export async function newestOffset(): Promise<number> {
  const row = await env.BOOK.prepare("SELECT max(offset) AS newest FROM events").first<{
    newest: number | null;
  }>();
  return row?.newest ?? 0;
}
