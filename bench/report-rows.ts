/** The part of the report that is counted, not timed: rows and dollars, size, start-up. */
import { ceilingClaim, decimal } from "./finding.mjs";
import { billOf, dollarsPerMillion } from "./prices.mjs";
import { table, verdict } from "./report.mjs";

const MOST_RESERVE_ROWS = 5;
const MOST_OBJECT_ROWS = 14;
const MOST_BOOK_ROWS = 8;
const MOST_GZIP_KIB = 250;
const MOST_START_MS = 50;

/** @type {[keyof import("./rows.mjs").Life, string][]} */
const STEPS = [
  ["reserve", "reserve, when answered"],
  ["reserveSettled", "  settled in the book"],
  ["confirm", "confirm, when answered"],
  ["confirmSettled", "  settled in the book"],
  ["aged", "remembered, then pruned"],
];

/** @type {[keyof import("./rows.mjs").Counts, string][]} */
const COLUMNS = [
  ["productRows", "product rows"],
  ["ledgerRows", "ledger rows"],
  ["bookRows", "book rows"],
  ["productAlarms", "alarms set"],
  ["alarmsRun", "alarms run"],
  ["productCalls", "product calls"],
  ["ledgerCalls", "ledger calls"],
  ["kvPuts", "KV puts"],
];

/** @param {import("./rows.mjs").RowCounts} counted */
export function renderRows({ lives, refusals }) {
  const claims = lives.flatMap(({ name, life, holds }) => {
    const { reserve, object, book } = rowsOf(life, holds);
    return [
      ceilingClaim(`${name}: reserve, object`, reserve, { most: MOST_RESERVE_ROWS, unit: "rows", digits: 2 }),
      ceilingClaim(`${name}: whole life, object`, object, {
        most: MOST_OBJECT_ROWS,
        unit: "rows",
        digits: 2,
      }),
      ceilingClaim(`${name}: whole life, book`, book, { most: MOST_BOOK_ROWS, unit: "rows", digits: 2 }),
    ];
  });
  return [
    "## Rows written in the life of a hold (exact)",
    "",
    claimTable(claims),
    "",
    ...lives.flatMap((lived) => [stepTable(lived), ""]),
    billTable(lives),
    "",
    "Object rows at $1.00, book rows at $1.00, object requests at $0.15 a million, beyond what a plan " +
      "includes; an alarm set is billed as an object row, an alarm run as an object request. Rows read, " +
      "storage, duration and the Worker's own requests are not counted.",
    "",
    `${decimal(refusals.refused)} refusals wrote ${refusals.rowsWritten} rows ` +
      `and set ${refusals.alarmsSet} alarms.`,
  ].join("\n");
}

/** @param {import("./finding.mjs").Claim[]} claims */
function claimTable(claims) {
  return table(
    ["figure", "to reach", ""],
    claims.map((claim) => [claim.says, claim.reach, verdict(claim)]),
  );
}

/**
 * Rows without alarms, which are shown apart.
 * @param {import("./rows.mjs").Life} life @param {number} holds
 */
function rowsOf(life, holds) {
  const object = (counts) => counts.productRows + counts.ledgerRows + counts.otherWrites;
  const all = Object.values(life);
  return {
    reserve: (object(life.reserve) + object(life.reserveSettled)) / holds,
    object: all.reduce((sum, counts) => sum + object(counts), 0) / holds,
    book: all.reduce((sum, counts) => sum + counts.bookRows, 0) / holds,
  };
}

/** @param {import("./rows.mjs").Lived} lived */
function stepTable({ name: title, life, holds }) {
  const digits = holds === 1 ? 0 : 3;
  const rows = STEPS.map(([step, label]) => [
    label,
    ...COLUMNS.map(([name]) => decimal((life[step][name] ?? 0) / holds, digits)),
  ]);
  return table([title, ...COLUMNS.map(([, label]) => label)], rows);
}

/** @param {import("./rows.mjs").Lived[]} lives */
function billTable(lives) {
  const rows = lives.map(({ name, life, holds }) => {
    const bill = billOf(life, holds);
    const { objectRows, bookRows, objectRequests } = bill;
    const shares = [objectRows, bookRows, objectRequests].map((share) => decimal(share, 2));
    const cost = `$${decimal(dollarsPerMillion(bill), 2)}`;
    return [name, ...shares, bill.atLeast ? `over ${cost}: its alarms never end` : cost];
  });
  return table(
    ["a million orders", "object rows each", "book rows each", "object requests each", "cost"],
    rows,
  );
}

/**
 * @param {import("./build.mjs").Bundle | undefined} bundle
 * @param {import("./startup.mjs").Startup | undefined} startup
 */
export function renderFootprint(bundle, startup) {
  const size = bundle && [
    ceilingClaim("bundle, gzipped", bundle.gzipBytes / 1024, { most: MOST_GZIP_KIB, unit: "KiB", digits: 1 }),
  ];
  const start = startup && [
    ceilingClaim("start-up", startup.cpuMilliseconds, { most: MOST_START_MS, unit: "ms", digits: 1 }),
  ];
  const note = startup && [
    "",
    `Start-up is the CPU time of workerd's start with this bundle less that with an empty Worker ` +
      `(${decimal(startup.emptyCpuMilliseconds, 1)} ms), the lowest of many; by the clock ` +
      `${decimal(startup.milliseconds, 1)} ms.`,
  ];
  return ["## Size and start-up", "", claimTable([...(size ?? []), ...(start ?? [])]), ...(note ?? [])].join(
    "\n",
  );
}
