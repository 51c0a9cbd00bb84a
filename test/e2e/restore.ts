/**
 * Everything that can be lost is lost, one after the other, while shoppers go on: the book is put back to an earlier time, then
 * its file is gone, then a product's object, then the search index. Each comes back as docs/recovery.md says. In the end every
 * product verifies without a difference, no unit is lost or sold twice by what shoppers were answered, and one who follows the
 * log has seen every event, and no offset twice.
 */
import { rmSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { readEvents } from "../../scripts/answers.ts";
import type { ApiClient } from "../../scripts/api-client.ts";
import { migrateBook } from "../../scripts/wrangler.ts";
import { bookFile, objectFiles, openBook, searchFile } from "../recorded/state-files.ts";
import { verifyFindings, waitForBook } from "./book-checks.ts";
import { notApplied, startLoad, unitsById, type KeyedRequest } from "./keyed-load.ts";
import { LogWatch } from "./log-watch.ts";
import { createProducts, numbered, readStock, readStocks } from "./products.ts";
import { runTest, type Test } from "./run-test.ts";

const PRODUCT_IDS = numbered("REST", 10);
const LOST = "REST-LOST";
const YOUNG = "REST-YOUNG";
const ALL_IDS = [...PRODUCT_IDS, LOST, YOUNG];
const STOCK = 1_000_000;
const CONNECTIONS = 6;
const LOAD_MS = 2000;
/** A ledger writes down every second how far the log has come. */
const MARKED_MS = 1500;
const REBUILD_TIMEOUT_MS = 60_000;
const BOOK_TIMEOUT_MS = 30_000;
const POLL_MS = 100;

const rebuild = z.object({
  phase: z.string(),
  run: z.number(),
  found: z.number(),
  rebuilt: z.number(),
  failed: z.number(),
  failures: z.array(z.unknown()),
});
const restoration = z.object({
  version: z.number(),
  bookVersion: z.number(),
  differences: z.array(z.unknown()),
});
const verification = z.object({ differences: z.array(z.looseObject({ what: z.string() })) });
const names = z.object({ items: z.array(z.object({ productId: z.string() })) });

await runTest({
  title: `restore: ${CONNECTIONS} connections go on while book, objects and search are lost`,
  what: "what was lost is restored",
  limitSeconds: 300,
  run: async (test) => {
    const { api, say, tried, find, expect } = test;
    await createProducts(api, [...PRODUCT_IDS, LOST], STOCK);
    await using watch = new LogWatch(api);
    const requests: KeyedRequest[] = [];
    await bookFallsBack(test, requests);
    await checkAll(test, { requests, watch });
    await bookIsLost(test, requests);
    await checkAll(test, { requests, watch });
    await objectAndSearchAreLost(test, requests);
    await checkAll(test, { requests, watch });
    const [first] = watch.idByOffset.keys();
    say(`the follower has seen ${watch.seenIds.size} events from offset ${first} to ${watch.next - 1}`);
    expect(watch.expired === 0, `the follower was told ${watch.expired} times that events are gone`);
    find(watch.findings);
    tried("book, objects and search index lost");
    tried(`${requests.length} requests`);
  },
});

/** Point in time: a copy of the book takes its place. */
async function bookFallsBack(test: Test, requests: KeyedRequest[]): Promise<void> {
  const { server, api, say, expect } = test;
  const copy = join(server.state, "book-of-before.sqlite");
  await withLoad(test, { requests, name: "before" }, async () => {
    await sleep(LOAD_MS);
    using book = openBook(server.state);
    book.prepare("VACUUM INTO ?").run(copy);
    await createProducts(api, [YOUNG], STOCK);
    await sleep(LOAD_MS + MARKED_MS);
  });
  const file = bookFile(server.state);
  await withoutServer(test, async () => {
    removeDatabase(file);
    copyFileSync(copy, file);
  });
  const newest = await newestOffset(api);
  await withLoad(test, { requests, name: "fell-back" }, async () => {
    await settleAll(api, requests);
    // As every minute on the platform.
    const minute = () => fetch(`${server.url}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*`);
    const done = await rebuilt(api, minute);
    say(`the book had fallen back to offset ${newest}; rebuilt by itself: ${JSON.stringify(done)}`);
    expect(done.run > 0 && done.failed === 0, "the book was not rebuilt by itself");
  });
}

async function bookIsLost(test: Test, requests: KeyedRequest[]): Promise<void> {
  const { server, api, say, expect, signal } = test;
  await withLoad(test, { requests, name: "before-loss" }, () => sleep(LOAD_MS));
  const file = bookFile(server.state);
  await withoutServer(test, async () => {
    removeDatabase(file);
    await migrateBook(["--persist-to", server.state], { signal });
  });
  await withLoad(test, { requests, name: "lost" }, async () => {
    await settleAll(api, requests);
    await api.call("POST /v1/admin/book/rebuild");
    const done = await rebuilt(api);
    say(`the book was empty; rebuilt: ${JSON.stringify(done)}`);
    expect(done.failed === 0 && done.rebuilt >= ALL_IDS.length, `rebuilt ${JSON.stringify(done)}`);
  });
}

async function objectAndSearchAreLost(test: Test, requests: KeyedRequest[]): Promise<void> {
  const { server, api, say, expect, find } = test;
  find((await waitForBook(api, [LOST], BOOK_TIMEOUT_MS)).findings);
  const before = await readStock(api, LOST);
  const others = ALL_IDS.filter((id) => id !== LOST);
  await withLoad(test, { requests, name: "others", productIds: others }, () => sleep(LOAD_MS));
  await withoutServer(test, async () => {
    const lost = objectFiles(server.state).find((one) => one.class === "ProductObject" && one.name === LOST);
    if (lost) removeDatabase(lost.file);
    else expect(false, `${LOST} has no file`);
    removeDatabase(searchFile(server.state));
  });
  await withLoad(test, { requests, name: "object", productIds: others }, async () => {
    await settleAll(api, requests);
    const { differences } = await api.read(verification, `POST /v1/admin/products/${LOST}/verify`);
    expect(
      differences.some(({ what }) => what === "product"),
      `verifying a lost object says ${JSON.stringify(differences)}`,
    );
    const done = await api.read(restoration, `POST /v1/admin/products/${LOST}/restore`);
    say(`${LOST} was lost at version ${before.version}; restored: ${JSON.stringify(done)}`);
    const { version, ...numbers } = await readStock(api, LOST);
    expect(
      JSON.stringify({ ...before, version }) === JSON.stringify({ ...numbers, version }),
      `${LOST} is ${JSON.stringify(numbers)}, was ${JSON.stringify(before)}`,
    );
    expect(version > before.version && done.differences.length === 0, `${LOST}: ${JSON.stringify(done)}`);
    const again = await api.ask(`POST /v1/admin/products/${LOST}/restore`);
    expect(again.status === 409, `restoring it again answers ${again.status}`);
  });
  await withLoad(test, { requests, name: "search" }, async () => {
    await api.call("POST /v1/admin/search/rebuild");
    const found = await searchAll(api);
    say(`the search index was gone; it finds ${found} of ${ALL_IDS.length} again`);
    expect(found === ALL_IDS.length, `the search finds ${found} products`);
  });
}

/** Whatever `work` does, shoppers go on meanwhile; all of them are answered. */
async function withLoad(
  { api }: Test,
  { requests, name, productIds = ALL_IDS }: { requests: KeyedRequest[]; name: string; productIds?: string[] },
  work: () => Promise<unknown>,
): Promise<void> {
  const known = name === "before" ? productIds.filter((id) => id !== YOUNG) : productIds;
  const load = startLoad(api, { productIds: known, connections: CONNECTIONS, name });
  try {
    await work();
  } finally {
    await load.stop();
    requests.push(...load.requests);
  }
}

/** Shoppers who are killed with it ask again afterwards. */
async function withoutServer({ server }: Test, work: () => Promise<void>): Promise<void> {
  await server.kill9();
  await work();
  await server.restart();
}

async function settleAll(api: ApiClient, requests: KeyedRequest[]): Promise<void> {
  for (const request of requests.filter(({ answer }) => !answer)) request.settle(await request.send(api));
}

function removeDatabase(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
}

/** `begin` is done until one has begun. */
async function rebuilt(
  api: ApiClient,
  begin: () => Promise<unknown> = async () => undefined,
): Promise<z.infer<typeof rebuild>> {
  const deadline = performance.now() + REBUILD_TIMEOUT_MS;
  for (;;) {
    const progress = await api.read(rebuild, "GET /v1/admin/book/rebuild");
    if (progress.phase === "done") return progress;
    if (progress.phase === "never") await begin();
    if (performance.now() > deadline) throw new Error(`not rebuilt: ${JSON.stringify(progress)}`);
    await sleep(POLL_MS);
  }
}

async function searchAll(api: ApiClient): Promise<number> {
  const deadline = performance.now() + REBUILD_TIMEOUT_MS;
  for (;;) {
    const { status, body } = await api.ask("GET /v1/products?q=REST&limit=100");
    const found = status === 200 ? names.parse(body).items.length : 0;
    if (found >= ALL_IDS.length || performance.now() > deadline) return found;
    await sleep(POLL_MS);
  }
}

async function newestOffset(api: ApiClient): Promise<number> {
  return (await readEvents(api)).at(-1)?.offset ?? 0;
}

/** By what shoppers were answered, by the book, and by who follows it. */
async function checkAll(
  { api, say, find, expect }: Test,
  { requests, watch }: { requests: KeyedRequest[]; watch: LogWatch },
): Promise<void> {
  find(notApplied(requests));
  const { waitedMs, findings } = await waitForBook(api, ALL_IDS, BOOK_TIMEOUT_MS);
  find(findings);
  const stocks = await readStocks(api, ALL_IDS);
  for (const [productId, { held, confirmed }] of unitsById(requests)) {
    const stock = stocks.get(productId);
    expect(
      stock?.reserved === held && stock.onHand === STOCK - confirmed,
      `${productId}: ${JSON.stringify(stock)}, held ${held}, sold ${confirmed}`,
    );
  }
  const verified = await verifyFindings(api);
  find(verified.findings);
  const missed = await watch.until(
    (await readEvents(api)).map(({ id }) => id),
    BOOK_TIMEOUT_MS,
  );
  find(missed.map((id) => `the follower has not seen ${id}`));
  const holds = requests.flatMap(({ asked, applied, reservationId }) =>
    asked.verb === "reserve" && applied ? (reservationId ?? []) : [],
  );
  find(
    holds.filter((id) => !watch.seenHolds.has(id)).map((id) => `the follower has not seen the hold ${id}`),
  );
  say(
    `${requests.length} requests answered, ${holds.length} holds; the book was there after ${waitedMs} ms; ` +
      `verified ${verified.checked}: ${verified.findings.length} differences`,
  );
}
