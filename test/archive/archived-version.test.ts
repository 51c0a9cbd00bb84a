/** Which events of a product are in files, when the book has fallen back and cannot say it. */
import { env as bindings } from "cloudflare:workers";
import { expect, it } from "vitest";
import { archivedVersion } from "../../src/archive/archived-version";
import { archiveStep } from "../../src/archive/archive-step";
import type { LogFloor } from "../../src/d1/log-floor";
import { projectBatch } from "../../src/d1/projection";
import { SEGMENT_EVENTS } from "../../src/limits/archive";
import { fillEvents } from "../d1/counted-book";

const env: Env = Object.assign({}, bindings, { EVENT_ARCHIVE: "true" });

it("is read from the files once the book has fallen back, and only from those that can have them", async () => {
  await fillEvents("A", SEGMENT_EVENTS + 5);
  const now = Date.now();
  expect(await archivedVersion(env, "A", 0)).toBe(0);
  expect(await archiveStep(env, { sinceMs: now, beforeOffset: SEGMENT_EVENTS + 1 }, now)).toBe(
    SEGMENT_EVENTS,
  );
  // As long as the book has not fallen back, what it has says it.
  expect(await archivedVersion(env, "A", now + 1)).toBe(SEGMENT_EVENTS);
  await env.BOOK.prepare("DELETE FROM events").run();
  const floor: LogFloor = {
    newest: SEGMENT_EVENTS + 5,
    resumeAfter: 90_000,
    keptFrom: SEGMENT_EVENTS + 1,
    nowMs: now,
  };
  const version = SEGMENT_EVENTS + 9;
  const at = new Date(now).toISOString();
  const event = { id: `A:${version}`, type: "stock.low", productId: "A", version, at, actor: "t", data: {} };
  const sent = {
    productId: "A",
    events: JSON.stringify(event),
    fromVersion: version - 1,
    toVersion: version,
  };
  await projectBatch(env.BOOK, [{ ...sent, stock: null, catalog: null }], floor);
  expect(await archivedVersion(env, "A", now)).toBe(SEGMENT_EVENTS);
  // An event that happened after the last file was written is in none.
  expect(await archivedVersion(env, "A", now + 1)).toBe(0);
  expect(await archivedVersion(env, "B", 0)).toBe(0);
});
