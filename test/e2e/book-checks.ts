/** Reads the book as its clients do and says where it is wrong. */
import { setTimeout as sleep } from "node:timers/promises";

const EVENT_PAGE_SIZE = 1000;
const POLL_MS = 250;

/**
 * Waits until the list shows every product at the version its object has, or the bound is over.
 * @param {import("./api.mjs").Api} api @param {string[]} productIds @param {number} timeoutMs
 * @returns {Promise<{ waitedMs: number, findings: string[] }>} findings: where list and object still differ
 */
export async function waitForBook(api, productIds, timeoutMs) {
  const startedAt = performance.now();
  for (;;) {
    const findings = await listDifferences(api, productIds);
    const waitedMs = Math.round(performance.now() - startedAt);
    if (findings.length === 0 || waitedMs > timeoutMs) return { waitedMs, findings };
    await sleep(POLL_MS);
  }
}

/**
 * Waits until the book tells of all these holds, without touching an object: what a crash left undone must
 * reach the book by itself.
 * @param {import("./api.mjs").Api} api
 * @param {{ holds: Set<string>, fromOffset: number, timeoutMs: number }} wanted
 * @returns {Promise<{ waitedMs: number, findings: string[] }>} findings: the holds that are missing in the
 * end
 */
export async function waitForHolds(api, { holds, fromOffset, timeoutMs }) {
  const startedAt = performance.now();
  const missing = new Set(holds);
  let offset = fromOffset;
  for (;;) {
    for (const event of await readEvents(api, offset)) {
      offset = event.offset + 1;
      if (event.type === "reservation.held") missing.delete(event.data.reservationId);
    }
    const waitedMs = Math.round(performance.now() - startedAt);
    if (missing.size === 0 || waitedMs > timeoutMs) {
      return { waitedMs, findings: [...missing].map((id) => `${id} did not reach the book by itself`) };
    }
    await sleep(POLL_MS);
  }
}

/**
 * @param {import("./api.mjs").Api} api
 * @returns {Promise<any[]>} every event of the book from an offset on, in the order of the book
 */
export async function readEvents(api, fromOffset = 1) {
  const events = [];
  let offset = fromOffset;
  for (;;) {
    const { status, body } = await api.get(`/v1/inventory/events?offset=${offset}&limit=${EVENT_PAGE_SIZE}`);
    if (status !== 200)
      throw new Error(`the events from ${offset} answered ${status}: ${JSON.stringify(body)}`);
    events.push(...body.events);
    if (!body.hasMore) return events;
    offset = body.nextOffset;
  }
}

/**
 * Offsets dense and rising; versions of each product 1, 2, 3 … without gap or repeat, up to that of its
 * object.
 * @param {any[]} events @param {Map<string, number>} versionById @returns {string[]}
 */
export function eventFindings(events, versionById) {
  const findings = [];
  const lastVersionById = new Map();
  let lastOffset = 0;
  for (const { offset, id, productId, version } of events) {
    if (offset !== lastOffset + 1) findings.push(`offset ${offset} follows ${lastOffset}`);
    lastOffset = offset;
    const expected = (lastVersionById.get(productId) ?? 0) + 1;
    if (version !== expected)
      findings.push(`at offset ${offset} ${productId} has version ${version}, expected ${expected}`);
    if (id !== `${productId}:${version}`) findings.push(`at offset ${offset} the id is ${id}`);
    lastVersionById.set(productId, version);
  }
  for (const [productId, version] of versionById) {
    const last = lastVersionById.get(productId) ?? 0;
    if (last !== version) findings.push(`${productId} is at version ${version}, its last event at ${last}`);
  }
  return findings;
}

/**
 * What the verifier finds: object, events told again and the book's rows of every product.
 * @param {import("./api.mjs").Api} api @returns {Promise<{ checked: number, findings: string[] }>}
 */
export async function verifyFindings(api) {
  const findings = [];
  let checked = 0;
  let cursor = null;
  do {
    const { status, body } = await api.post("/v1/admin/verify", cursor === null ? {} : { cursor });
    if (status !== 200) throw new Error(`verify answered ${status}: ${JSON.stringify(body)}`);
    checked += body.checked;
    for (const { productId, differences } of body.items)
      findings.push(...differences.map((difference) => `${productId}: ${JSON.stringify(difference)}`));
    cursor = body.nextCursor;
  } while (cursor !== null);
  return { checked, findings };
}

async function listDifferences(api, productIds) {
  const wanted = new Set(productIds);
  const listedById = new Map();
  for await (const item of api.pages("/v1/inventory"))
    if (wanted.has(item.productId)) listedById.set(item.productId, item);

  const findings = [];
  for (const productId of productIds) {
    const { status, body: truth } = await api.get(`/v1/inventory/${productId}`);
    if (status !== 200) findings.push(`${productId}: the object answers ${status}`);
    const listed = listedById.get(productId);
    for (const field of ["onHand", "reserved", "available", "version"]) {
      if (listed?.[field] === truth[field]) continue;
      findings.push(`${productId}: the list says ${field} ${listed?.[field]}, the object ${truth[field]}`);
    }
  }
  return findings;
}
