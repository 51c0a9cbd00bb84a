/**
 * The sums of reports: of each product by hour and by day, made from the events of the book. Not in the batch that writes the
 * events (a hold's life would cost more rows): it follows the log. One transaction adds a bounded stretch of offsets and moves
 * the offset up to which everything is in the sums; the stretch is found in that same transaction. So two runs at once, or one
 * whose answer got lost, add nothing twice and leave nothing out.
 *
 * An event belongs to the hour and day of its own time. One that came late to the book has an offset of its own, after those
 * that are added already, and is added then. One that was put right in its place stays as it was first added: it was right
 * when it came, and what went wrong with it since is not in the sums. Sums stay when their events are dropped for their age.
 */
import { MEASURES, REPORT_INTERVALS, type Measure } from "../domain/report";
import { REPORT_GRAINS, REPORT_STEP_EVENTS } from "../limits/reports";
import { bounded, writePrimary } from "./book";

const data = (field: string) => `COALESCE(body ->> '$.data.${field}', 0)`;

/** What an event of a type adds, in units; of movements (`'adjusted'`) by their type. Below zero is nothing. */
const ADDED: Record<Measure, Record<string, string>> = {
  sold: {
    "reservation.confirmed": data("confirmedQuantity"),
    sale: `-${data("delta")}`,
  },
  // A hold that takes another's place holds no more than it has more.
  held: {
    "reservation.held": `${data("held")} - ${data("takenOver")}`,
    "reservation.resized": `${data("held")} - ${data("before")}`,
  },
  expired: { "reservation.expired": data("expiredQuantity") },
  released: {
    // What passed to another hold is not given back.
    "reservation.released": `iif(body ->> '$.data.supersededBy' IS NULL, ${data("releasedQuantity")}, 0)`,
    "reservation.held": `${data("takenOver")} - ${data("held")}`,
    "reservation.resized": `${data("before")} - ${data("held")}`,
    "reservation.confirmed": data("releasedQuantity"),
  },
  returned: {
    "reservation.returned": data("returnedQuantity"),
    return: data("delta"),
  },
  added: { receipt: data("delta") },
};

/** A movement that is an event of its own goes by its type. */
const KIND = "iif(type = 'stock.adjusted', movement, type)";
const KINDS = [...new Set(MEASURES.flatMap((measure) => Object.keys(ADDED[measure])))];

function units(measure: Measure): string {
  const cases = Object.entries(ADDED[measure]).map(([kind, added]) => `WHEN '${kind}' THEN ${added}`);
  return `max(0, CASE ${KIND} ${cases.join(" ")} ELSE 0 END) AS ${measure}`;
}

/** `?1`: how many events a stretch has at most. Offsets before the oldest event belong to nothing any more. */
const STRETCH = `
  stretch AS (
    SELECT after, min(after + ?1, newest) AS upto FROM (
      SELECT max((SELECT offset FROM report_progress), oldest - 1) AS after, newest FROM (
        SELECT (SELECT min(offset) FROM events) AS oldest, (SELECT max(offset) FROM events) AS newest)))`;

const sumsOf = (column: string) => `sum(${column}), sum(${column} > 0)`;
const columnsOf = (measure: Measure) => [measure, `${measure}_count`];

const ADD = `
  WITH ${STRETCH},
  parts AS MATERIALIZED (
    SELECT product_id, at_ms, ${MEASURES.map(units).join(", ")}
    FROM (
      SELECT product_id, at_ms, type, movement, iif(json_valid(body), body, '{}') AS body FROM events
      WHERE offset > (SELECT after FROM stretch) AND offset <= (SELECT upto FROM stretch)
        AND ${KIND} IN (${KINDS.map((kind) => `'${kind}'`).join(", ")})))
  INSERT INTO report_sums (grain_ms, start_ms, product_id,
    ${MEASURES.flatMap(columnsOf).join(", ")}, first_at_ms, last_at_ms)
  SELECT g.value ->> 'grainMs' AS grain, at_ms - at_ms % (g.value ->> 'grainMs') AS start, product_id,
    ${MEASURES.map(sumsOf).join(", ")}, min(at_ms), max(at_ms)
  FROM parts CROSS JOIN json_each(?2) AS g
  WHERE ${MEASURES.join(" + ")} > 0 AND at_ms >= g.value ->> 'sinceMs'
  GROUP BY grain, start, product_id
  ON CONFLICT DO UPDATE SET
    ${MEASURES.flatMap(columnsOf)
      .map((column) => `${column} = ${column} + excluded.${column}`)
      .join(", ")},
    first_at_ms = min(first_at_ms, excluded.first_at_ms), last_at_ms = max(last_at_ms, excluded.last_at_ms)`;

const ADVANCE = `
  WITH ${STRETCH}
  UPDATE report_progress SET offset = (SELECT upto FROM stretch) WHERE offset < (SELECT upto FROM stretch)`;

const BEHIND = "SELECT (SELECT max(offset) FROM events) - offset AS behind FROM report_progress";

const DROP = `
  DELETE FROM report_sums WHERE (grain_ms, start_ms, product_id) IN (
    SELECT old.grain_ms, old.start_ms, old.product_id
    FROM json_each(?1) AS g CROSS JOIN report_sums AS old
    WHERE old.grain_ms = g.value ->> 'grainMs' AND old.start_ms <= (g.value ->> 'sinceMs') - (g.value ->> 'grainMs')
    LIMIT ?2)`;

/** Sums of that time and later are kept. */
function grainsAt(nowMs: number): string {
  const grains = REPORT_INTERVALS.map((interval) => {
    const { grainMs, keptMs } = REPORT_GRAINS[interval];
    return { grainMs, sinceMs: nowMs - keptMs };
  });
  return JSON.stringify(grains);
}

/** Adds what is not in the sums yet, in at most so many steps. Throws `BookUnavailable`. */
export async function addToSums(book: D1Database, nowMs: number, steps: number): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    if ((await addStretch(book, nowMs)) === 0) return;
  }
}

/** Answers how many events are not in the sums yet. */
async function addStretch(book: D1Database, nowMs: number): Promise<number> {
  const results = await writePrimary(book, () =>
    book.batch<BehindRow>([
      book.prepare(ADD).bind(REPORT_STEP_EVENTS, grainsAt(nowMs)),
      book.prepare(ADVANCE).bind(REPORT_STEP_EVENTS),
      book.prepare(BEHIND),
    ]),
  );
  return results.at(-1)?.results[0]?.behind ?? 0;
}

interface BehindRow {
  /** null: there are no events. */
  behind: number | null;
}

/** How many events are not in the sums yet. Throws `BookUnavailable`. */
export async function eventsBehind(book: D1Database): Promise<number> {
  const row = await bounded(book, book.prepare(BEHIND).first<BehindRow>());
  return row?.behind ?? 0;
}

/** What is past its age, at most so many rows. Answers how many went. */
export async function dropOldSums(book: D1Database, nowMs: number, limit: number): Promise<number> {
  const drop = () => book.prepare(DROP).bind(grainsAt(nowMs), limit).run();
  return (await writePrimary(book, drop)).meta.changes;
}
