/**
 * An upgrade from the first release, in the order of `npm run deploy`, while shops go on: that release's Worker answers while
 * the book is migrated, and on the migrated book; then it is killed in the middle of its work and today's code starts on the
 * same data. Its answers and today's are right all the time, only what is asked in between gets none, and nothing is lost.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import pLimit from "p-limit";
import { z } from "zod";
import { readEvents, verificationPages } from "../../scripts/answers.ts";
import { errorText } from "../../scripts/command.ts";
import { TODAYS_WORKER } from "../../scripts/local-server.ts";
import { restoreFirstRelease, unpackFirstRelease } from "../recorded/first-release.ts";
import { eventFindings, waitForBook } from "./book-checks.ts";
import { findInvented, findLost, findSecondEffect } from "./keyed-checks.ts";
import { KEYED_IDS, repeatKeyed, sendKeyed } from "./keyed-requests.ts";
import { createProducts, numbered, readStocks } from "./products.ts";
import { runTest, type Test } from "./run-test.ts";
import { MIGRATING, UpgradeLoad } from "./upgrade-load.ts";

const PRODUCT_IDS = numbered("UP", 8);
const STOCK = 1_000_000;
const STOCK_BY_ID = new Map(PRODUCT_IDS.map((productId) => [productId, STOCK]));
/** Each with its own code and book. */
const PHASE_MS = 3000;
const AT_ONCE = 8;
const MIGRATION_TRIES = 5;
const BOOK_TIMEOUT_MS = 30_000;
/** Holds an event that no book takes, of which the first release knew nothing. */
const POISONED = "poisoned";

const directory = mkdtempSync(join(tmpdir(), "holdfast-release-"));
process.once("exit", () => rmSync(directory, { recursive: true, force: true }));

await runTest({
  title: "an upgrade from the first release, under load",
  limitSeconds: 150,
  worker: unpackFirstRelease(directory),
  run: async (test) => {
    const { server, api, say, find } = test;
    await server.kill9();
    const recordedIds = restoreFirstRelease(server.state);
    await server.restart();
    await createProducts(api, PRODUCT_IDS, STOCK);
    find((await waitForBook(api, PRODUCT_IDS, BOOK_TIMEOUT_MS)).findings);
    const healthyIds = recordedIds.filter((id) => id !== POISONED && id !== "deleted");
    const keyed = await sendKeyed(api);
    const before = await readStocks(api, [...healthyIds, ...KEYED_IDS]);
    say(
      `the first release has ${recordedIds.length} products that it had, and ${PRODUCT_IDS.length} new ones`,
    );

    const load = new UpgradeLoad(api, PRODUCT_IDS);
    await sleep(PHASE_MS);
    load.phase = MIGRATING;
    const migratedAt = performance.now();
    await migrate(test);
    say(`the book was migrated in ${Math.round(performance.now() - migratedAt)} ms, under the old code`);
    load.phase = "old code, new book";
    await sleep(PHASE_MS);

    const isOver = load.beginGap();
    await server.kill9();
    await server.restart({ worker: TODAYS_WORKER });
    isOver();
    load.phase = "new code";
    await sleep(PHASE_MS);
    await load.stop();
    find(load.findings);
    say(load.summary());

    find(await repeatKeyed(api, keyed));
    await checkLoad(test, load);
    await checkRecorded(test, before);
    await checkBook(test);
  },
});

/**
 * Here two processes share the book's file, which D1 does not know of: the one that migrates may find it locked by the other.
 * Then nothing of that file of migrations was applied, and the same again goes on.
 */
async function migrate({ server, say }: Test): Promise<void> {
  for (let tries = 1; ; tries += 1)
    try {
      return await server.migrate();
    } catch (error) {
      if (tries === MIGRATION_TRIES) throw error;
      const [why = "wrangler failed"] = /ERROR.*|.*locked.*/.exec(errorText(error)) ?? [];
      say(`migrating stopped (${why}) and goes on`);
    }
}

async function checkLoad({ api, find }: Test, { requests }: UpgradeLoad): Promise<void> {
  const limit = pLimit(AT_ONCE);
  find((await limit.map(requests, (request) => findLost(api, request))).flat());
  find((await limit.map(requests, (request) => findSecondEffect(api, request))).flat());
  find((await waitForBook(api, PRODUCT_IDS, BOOK_TIMEOUT_MS)).findings);
  find(await findInvented(api, requests, STOCK_BY_ID));
}

/** What the release had stored long ago reads as it did, and its keys are known. */
async function checkRecorded({ api, find }: Test, before: Awaited<ReturnType<typeof readStocks>>) {
  const after = await readStocks(api, [...before.keys()]);
  for (const [id, stock] of before)
    if (!isDeepStrictEqual(after.get(id), stock))
      find([`${id} was ${JSON.stringify(stock)}, now it is ${JSON.stringify(after.get(id))}`]);
  const hold = { body: { quantity: 3, ttlSeconds: 86_400, orderId: "ORD-keyed" }, key: "recorded-hold" };
  const again = await api.ask("POST /v1/inventory/keyed/reserve", hold);
  if (again.status !== 201 || !again.replayed)
    find([`a hold under a key of the release answers ${JSON.stringify(again)}`]);
}

/** The poisoned product is named and repaired; then no product differs. */
async function checkBook({ api, say, expect, find }: Test): Promise<void> {
  find(eventFindings(await readEvents(api), (await readStocks(api, PRODUCT_IDS)).values()));
  const differing = async () =>
    (await Array.fromAsync(verificationPages(api))).flatMap(({ items }) =>
      items.filter(({ differences }) => differences.length > 0),
    );
  const named = (await differing()).filter(({ productId }) => productId !== POISONED);
  find(named.map((item) => `verify finds ${JSON.stringify(item)}`));
  const mended = z.object({ differences: z.array(z.unknown()) });
  const { differences } = await api.read(mended, `POST /v1/admin/products/${POISONED}/reproject`);
  const left = await differing();
  expect(differences.length === 0 && left.length === 0, `verify still finds ${JSON.stringify(left)}`);
  say(`verify: ${left.length} differences`);
}
