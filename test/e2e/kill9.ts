/**
 * Everything is killed at once: under load the whole process group gets -9 at a random moment and is started
 * again on the same data. Every acknowledged hold must be there, a retry must have one effect, nothing may be
 * invented, and the book must catch up.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { eventFindings, readEvents, verifyFindings, waitForBook, waitForHolds } from "./book.mjs";
import { runDrill } from "./drill.mjs";
import { runLoad, unitsById } from "./keyed-load.mjs";
import { inParallel } from "./parallel.mjs";

const CONNECTIONS = 16;
const PLENTY = 1_000_000;
const SCARCE = "KILL-SCARCE";
const STOCK_BY_ID = new Map([
  ["KILL-A", PLENTY],
  ["KILL-B", PLENTY],
  ["KILL-C", PLENTY],
  ["KILL-D", PLENTY],
  [SCARCE, 40],
]);
const LOAD_MIN_MS = 800;
const LOAD_SPREAD_MS = 2500;
const BOOK_TIMEOUT_MS = 60_000;
const SECONDS_PER_ROUND = 120;

await runDrill({
  title: `kill -9 under the load of ${CONNECTIONS} connections`,
  limitSeconds: ({ rounds }) => 60 + Number(rounds) * SECONDS_PER_ROUND,
  options: { rounds: { type: "string", default: "5" } },
  run: async (drill) => {
    const { api, say, find, values } = drill;
    const rounds = Number(values.rounds);
    for (const [productId, stock] of STOCK_BY_ID) await api.create(productId, stock);

    const requests = [];
    let events = [];
    for (let round = 1; round <= rounds; round += 1) {
      const ofThisRound = await loadAndKill(drill, round);
      requests.push(...ofThisRound);
      const holds = new Set(ofThisRound.flatMap(({ reservationId }) => reservationId ?? []));
      const fromOffset = events.length + 1;
      const recovery = await waitForHolds(api, { holds, fromOffset, timeoutMs: BOOK_TIMEOUT_MS });
      find(recovery.findings);
      await inParallel(ofThisRound, CONNECTIONS, async (request) => find(await findLost(api, request)));
      await inParallel(ofThisRound, CONNECTIONS, async (request) =>
        find(await findSecondEffect(api, request)),
      );
      const { waitedMs, findings } = await waitForBook(api, [...STOCK_BY_ID.keys()], BOOK_TIMEOUT_MS);
      find(findings);
      find(await findInvented(api, requests));
      events = await readEvents(api);
      find(eventFindings(events, await versions(api)));
      find((await verifyFindings(api)).findings);
      say(
        `round ${round}: the book had caught up by itself after ${recovery.waitedMs} ms, ` +
          `after the retries in ${waitedMs} ms: ${events.length} events`,
      );
    }
    for (const [productId, { held, confirmed }] of unitsById(requests)) {
      say(`${productId}: ${held} held, ${confirmed} sold`);
    }
  },
});

async function loadAndKill({ server, api, say, find }, round) {
  const loadMs = Math.round(LOAD_MIN_MS + Math.random() * LOAD_SPREAD_MS);
  const requests = [];
  const stop = new AbortController();
  const load = runLoad({
    api,
    productIds: [...STOCK_BY_ID.keys()],
    connections: CONNECTIONS,
    name: `r${round}`,
    requests,
    signal: stop.signal,
  });
  await sleep(loadMs);
  const early = requests.filter(({ failure }) => failure);
  find(early.map(({ key, failure }) => `${key} failed before the kill: ${failure}`));
  await server.kill9();
  stop.abort();
  await load;

  const answered = requests.filter(({ answer }) => answer).length;
  const applied = requests.filter(({ answer }) => answer?.status < 300).length;
  const killedAt = performance.now();
  await server.restart();
  const backMs = Math.round(performance.now() - killedAt);
  say(
    `round ${round}: killed after ${loadMs} ms: ${applied} applied, ${answered - applied} refused, ` +
      `${requests.length - answered} unanswered; back after ${backMs} ms`,
  );
  return requests;
}

/** An acknowledged hold is there, and sold if its sale was acknowledged; only what is scarce is refused. */
async function findLost(api, request) {
  const { answer, reservationId, verb } = request;
  if (!answer) return [];
  if (answer.status >= 300)
    return mayBeRefused(request, answer) ? [] : [`${request.key}: ${JSON.stringify(answer)}`];
  const { status, body } = await api.get(`/v1/reservations/${reservationId}`);
  if (status !== 200) return [`${verb} ${reservationId} was acknowledged; now it answers ${status}`];
  if (verb === "confirm" && body.state !== "confirmed")
    return [`${reservationId} was sold; now it is ${body.state}`];
  return [];
}

/** The same key again gives the same answer; a request without an answer gets its one effect now. */
async function findSecondEffect(api, request) {
  const before = request.answer;
  const again = await api.post(request.path, request.body, request.key);
  if (!before) {
    request.settle(again);
    if (!request.answer) return [`${request.key} cannot be retried: ${request.failure}`];
    if (again.status < 300) return findSecondEffect(api, request);
    return mayBeRefused(request, again) ? [] : [`${request.key}: ${JSON.stringify(again)}`];
  }
  if (before.status >= 300) {
    // A refusal is judged anew: stock that ran out stays out here, so it may not turn into a hold.
    return again.status === before.status
      ? []
      : [`${request.key} was refused with ${before.status}, then ${again.status}`];
  }
  const same = again.status === before.status && JSON.stringify(again.body) === JSON.stringify(before.body);
  return same && again.replayed ? [] : [`${request.key} answered another time: ${JSON.stringify(again)}`];
}

function mayBeRefused({ verb, productId }, { status, body }) {
  return verb === "reserve" && productId === SCARCE && status === 409 && body.code === "insufficient_stock";
}

/** The numbers of every product are those of the known holds, and the book knows no others. */
async function findInvented(api, requests) {
  const findings = [];
  for (const [productId, { held, confirmed, stateById }] of unitsById(requests)) {
    const onHand = STOCK_BY_ID.get(productId) - confirmed;
    const { body: stock } = await api.get(`/v1/inventory/${productId}`);
    if (stock.reserved !== held)
      findings.push(`${productId} has ${stock.reserved} reserved, its holds ${held}`);
    if (stock.onHand !== onHand)
      findings.push(`${productId} has ${stock.onHand} on hand, expected ${onHand}`);

    const inBook = new Map();
    for await (const { reservationId, state } of api.pages(`/v1/reservations?productId=${productId}`))
      inBook.set(reservationId, state);
    for (const [id, state] of inBook) {
      if (stateById.get(id) !== state)
        findings.push(`the book says ${id} is ${state}, expected ${stateById.get(id)}`);
    }
    for (const id of stateById.keys()) if (!inBook.has(id)) findings.push(`the book does not know ${id}`);
  }
  return findings;
}

async function versions(api) {
  const versionById = new Map();
  for (const productId of STOCK_BY_ID.keys())
    versionById.set(productId, (await api.get(`/v1/inventory/${productId}`)).body.version);
  return versionById;
}
