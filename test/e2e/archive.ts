/**
 * A large book whose events leave it for files, while products sell and a follower reads on from the first offset: the whole
 * process group is killed in the middle of archiving, again and again. Every event is read once, in order, as it was; book and
 * files together are the log, without a gap and without an overlap.
 *   npx node test/e2e/archive.ts [--events 288000 --changes 12000 --kept 10000 --kills 5] [--keep DIR]
 * `--keep`: an empty folder in which the data stay, for `npx node bench/big-book.ts --state DIR`.
 */
import { cpSync, globSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { readEventPage } from "../../scripts/answers.ts";
import { LogCheck } from "../../scripts/retail/log-check.ts";
import { waitForBook } from "./book-checks.ts";
import { ageEvents, bookNumbers, eventSum, eventSums, fillBookFile } from "./book-file.ts";
import { createProducts, inParallel, numbered, readStocks } from "./products.ts";
import { runTest, type Test } from "./run-test.ts";
import { SteadyChanges } from "./steady-changes.ts";
import { LogSubscriber } from "./subscriber.ts";

const PRODUCT_IDS = numbered("ARC", 20);
const STOCK = 1000;
const CHANGES_PER_REQUEST = 500;
/** Of the filling: products without objects, a reservation for each hundred events. */
const FILLED_PRODUCTS = 2000;
const SEGMENT_EVENTS = 5000;
/** The kill comes within this time after a segment was noted: as long as one or two take. */
const KILL_SPREAD_MS = 500;
const POLL_MS = 5;
/** An object's alarm comes five seconds after its last change. */
const SETTLED_MS = 7000;
const TIMEOUT_MS = 300_000;
const CRON = "/cdn-cgi/handler/scheduled?cron=*+*+*+*+*";

const bulk = z.object({ summary: z.object({ applied: z.literal(CHANGES_PER_REQUEST) }) });
const verification = z.object({ differences: z.array(z.unknown()) });

await runTest({
  title: "a large book is archived under load, and killed in the middle",
  what: "archiving under load, killed -9",
  limitSeconds: 1200,
  options: { events: "17000", changes: "4000", kept: "1000", kills: "2", keep: "" },
  run: async (test) => {
    const { server, values, say, tried, find } = test;
    const sizes = { events: Number(values["events"]), kept: Number(values["kept"]) };
    await fill(test, sizes.events);
    await changeProducts(test, Number(values["changes"]));
    const before = eventSums(server.state);
    // Objects know by then what the book has. From here on it has too many.
    await sleep(SETTLED_MS);
    await server.kill9();
    ageEvents(server.state, PRODUCT_IDS);
    await server.restart({
      vars: { EVENT_ARCHIVE: "true", EVENT_RETENTION_DAYS: "0", EVENT_BOOK_MAX: `${sizes.kept}` },
    });

    const changes = new SteadyChanges(test.api, PRODUCT_IDS);
    const follower = new LogSubscriber(server, 1);
    await follower.open();
    await archive(test, { follower, kept: sizes.kept });
    const added = await changes.stop();
    find(changes.findings);
    say(`meanwhile ${added} changes were acknowledged`);
    await checkLog(test, { follower, before, changes: Number(values["changes"]) + added });
    await checkRepair(test);
    checkFiles(test);
    tried(`${values["events"]} events`);
    tried(`${values["kills"]} kills`);
    if (values["keep"]) {
      await server.kill9();
      cpSync(server.state, values["keep"], { recursive: true });
      say(`the data are in ${values["keep"]}`);
    }
  },
});

async function fill({ server, say }: Test, events: number): Promise<void> {
  await server.kill9();
  const startedAt = performance.now();
  const reservations = Math.floor(events / 100);
  await fillBookFile(server.state, { events, products: FILLED_PRODUCTS, reservations, prices: 100 });
  say(`${events} events were put into the book in ${Math.round(performance.now() - startedAt)} ms`);
  await server.restart();
}

/** Events of objects, the oldest of which are archived as well. */
async function changeProducts({ api, server, say }: Test, changes: number): Promise<void> {
  await createProducts(api, PRODUCT_IDS, STOCK);
  for (let done = 0; done < changes; done += CHANGES_PER_REQUEST) {
    const operations = Array.from({ length: CHANGES_PER_REQUEST }, (_, index) => {
      const productId = PRODUCT_IDS[index % PRODUCT_IDS.length];
      return { op: "adjust", productId, delta: 1, type: "receipt", reason: "test" };
    });
    await api.read(bulk, "POST /v1/inventory/bulk", { body: { operations } });
  }
  const { newest } = await whenQuiet(api, server.state);
  say(`with ${changes} changes of ${PRODUCT_IDS.length} products the log has ${newest} events`);
}

/** The book has what the objects have. */
async function whenQuiet(api: Test["api"], state: string) {
  const { findings } = await waitForBook(api, PRODUCT_IDS, TIMEOUT_MS);
  if (findings.length > 0) throw new Error(findings.join("; "));
  return bookNumbers(state);
}

interface Archiving {
  follower: LogSubscriber;
  kept: number;
}

/** Runs the minute job until the book has what it may keep; as often as wanted it dies in the middle of that. */
async function archive({ server, values, say, expect }: Test, { follower, kept }: Archiving): Promise<void> {
  const startedAt = performance.now();
  let runs = 0;
  let kills = Number(values["kills"]);
  const events = () => bookNumbers(server.state).events;
  while (events() >= kept + SEGMENT_EVENTS) {
    runs += 1;
    const progress =
      kills % 2 === 0 ? () => filesWritten(server.state) : () => bookNumbers(server.state).segments.length;
    const known = progress();
    const run = fetch(server.url + CRON, { signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
      (answer) => answer.text(),
      () => undefined,
    );
    if (kills === 0) {
      await run;
      continue;
    }
    while (progress() === known) await sleep(POLL_MS);
    // Between a file and its row, or somewhere in the next one.
    if (kills % 2 === 1) await sleep(Math.random() * KILL_SPREAD_MS);
    kills -= 1;
    follower.end();
    await server.kill9();
    say(`killed ${whereItStood(server.state)}, the follower at ${follower.next}`);
    await run;
    await server.restart();
    await follower.open();
  }
  expect(kills === 0, `${kills} kills found nothing to archive`);
  say(
    `archived in ${runs} runs and ${Math.round((performance.now() - startedAt) / 1000)} s; ${events()} events stayed`,
  );
}

function filesWritten(state: string): number {
  return globSync("v3/r2/holdfast-events/blobs/*", { cwd: state }).length;
}

function whereItStood(state: string): string {
  const { events, oldest, segments } = bookNumbers(state);
  const last = segments.at(-1);
  const dropped = last !== undefined && oldest !== null && oldest > last.last;
  return `with ${filesWritten(state)} files written, ${segments.length} noted, the last ${dropped ? "dropped" : "not dropped"}, ${events} events in the book`;
}

interface Log {
  follower: LogSubscriber;
  /** Of the events from before. */
  before: Map<number, number>;
  /** How many changes there were. */
  changes: number;
}

/** Page by page, by one who followed all the time, and by one who begins now, when most is in files. */
async function checkLog(test: Test, { follower, before, changes }: Log): Promise<void> {
  const { server, api, say, expect, find } = test;
  const { newest, oldest } = await whenQuiet(api, server.state);
  const log = new LogCheck(new Set(PRODUCT_IDS));
  const ids: { id: string }[] = [];
  let altered = 0;
  const readAt = performance.now();
  for (let offset = 1, hasMore = true; hasMore;) {
    const page = await readEventPage(api, offset);
    for (const event of page.events) {
      if (ids.push({ id: event.id }) !== event.offset)
        find([`offset ${event.offset} is number ${ids.length}`]);
      log.add(event);
      const sum = before.get(event.offset);
      if (sum !== undefined && sum !== eventSum(event)) altered += 1;
    }
    ({ nextOffset: offset, hasMore } = page);
  }
  say(`${ids.length} events were read in pages in ${Math.round((performance.now() - readAt) / 1000)} s`);
  find(log.findings);
  expect(altered === 0, `${altered} events are not what they were`);
  expect(ids.length === newest, `${ids.length} events were read, the log has ${newest}`);

  const second = new LogSubscriber(server, 1);
  await second.open();
  const followedAt = performance.now();
  const end = newest ?? 0;
  const isWaiting = () =>
    [second, follower].some(({ next, findings }) => next <= end && findings.length === 0);
  while (isWaiting() && performance.now() - followedAt < TIMEOUT_MS) await sleep(100);
  say(`a follower from offset 1 had them after ${Math.round((performance.now() - followedAt) / 1000)} s`);
  for (const one of [follower, second]) {
    find([...one.findings, ...one.compare(ids)]);
    one.end();
  }
  expect((oldest ?? 0) > 1, "nothing was archived");
  const stocks = await readStocks(api, PRODUCT_IDS);
  const units = [...stocks.values()].reduce((sum, { onHand }) => sum + onHand, 0);
  expect(units === PRODUCT_IDS.length * STOCK + changes, `${units} units after ${changes} changes`);
  for (const [id, { version, onHand }] of stocks)
    if (log.byId.get(id)?.version !== version || log.byId.get(id)?.onHand !== onHand)
      find([`${id}: ${version}, ${onHand}; its events come to ${JSON.stringify(log.byId.get(id))}`]);
  const verified = await inParallel(PRODUCT_IDS, (id) =>
    api.read(verification, `POST /v1/admin/products/${id}/verify`),
  );
  const differences = verified.flatMap((one) => one.differences);
  say(`verified ${verified.length} products: ${differences.length} differences`);
  find(differences.map((one) => JSON.stringify(one)));
}

/** Rebuilding what is archived in part brings no event into the log again. */
async function checkRepair({ api, server, say, expect }: Test): Promise<void> {
  const { newest } = bookNumbers(server.state);
  for (const id of PRODUCT_IDS) await api.call(`POST /v1/admin/products/${id}/reproject`, { body: {} });
  const after = bookNumbers(server.state);
  expect(after.newest === newest, `after reproject the log has ${after.newest} events instead of ${newest}`);
  say(`${PRODUCT_IDS.length} products were rebuilt: ${(after.newest ?? 0) - (newest ?? 0)} new events`);
}

/** What the files have and what the book has follow each other. */
function checkFiles({ server, say, expect, find }: Test): void {
  const { segments, oldest, newest, events } = bookNumbers(server.state);
  let next = 1;
  for (const { first, last, events: count } of segments) {
    if (first !== next || count !== last - first + 1)
      find([`a file has ${first} to ${last}, after ${next - 1}`]);
    next = last + 1;
  }
  expect(oldest === next, `the book begins at ${oldest}, the files end at ${next - 1}`);
  expect(events === (newest ?? 0) - next + 1, `the book has ${events} events from ${oldest} to ${newest}`);
  say(`${segments.length} files have the events to ${next - 1}, the book those from ${oldest} to ${newest}`);
}
