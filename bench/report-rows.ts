/** The part of the report that is counted, not timed: rows and dollars, size, start-up. */
import type { CountName, Counts } from "./counts.ts";
import { ceilingClaim, decimal, exactly, type Claim } from "./measurement.ts";
import { billOf, dollarsPerMillion, PRICES } from "./prices.ts";
import { claimCells, table } from "./table.ts";
import type { Life, Lived, Refusals, RowCounts } from "./rows.ts";
import type { Startup } from "./startup.ts";

const MOST_RESERVE_ROWS = 5;
const MOST_OBJECT_ROWS = 14;
const MOST_BOOK_ROWS = 8;
const MOST_GZIP_KIB = 250;
const MOST_START_MS = 50;

const STEPS: [keyof Life, string][] = [
  ["reserve", "reserve, when answered"],
  ["reserveSettled", "  settled in the book"],
  ["confirm", "confirm, when answered"],
  ["confirmSettled", "  settled in the book"],
  ["aged", "remembered, then pruned"],
];

const COLUMNS: [CountName, string][] = [
  ["productRows", "product rows"],
  ["ledgerRows", "ledger rows"],
  ["otherRows", "other rows"],
  ["bookRows", "book rows"],
  ["productAlarms", "alarms set"],
  ["alarmsRun", "alarms run"],
  ["productCalls", "product calls"],
  ["ledgerCalls", "ledger calls"],
  ["otherCalls", "other calls"],
  ["productMs", "product ms"],
  ["ledgerMs", "ledger ms"],
  ["otherMs", "other ms"],
  ["kvPuts", "KV puts"],
  ["objectRowsRead", "object rows read"],
  ["bookRowsRead", "book rows read"],
];

export function renderRows(counted: RowCounts): string {
  return [
    "## Rows written in the life of a hold (exact)",
    "",
    rowsTables(counted),
    "",
    "## What a million orders cost",
    "",
    billTable(counted.lives),
    "",
    "An order is a reserve and a confirm. Cloudflare's published prices of the Workers Paid plan, read in November 2026, beyond " +
      "what the plan includes. An alarm set is billed as an object row, an alarm run as an object request; each request and each " +
      "object request is a line of the platform's log while all are kept. An object that cannot sleep is billed as 128 MB; the " +
      "meter's own duration is left out: it is one object, 332,000 GB-s a month if it never sleeps, however many orders there are. " +
      "Storage and CPU time are not counted. Here D1 answers in a millisecond or two and all share one isolate: elsewhere waits " +
      "are longer, and each isolate flushes to the meter by itself.",
  ].join("\n");
}

export function rowsTables(counted: RowCounts): string {
  const { lives, refusals } = counted;
  return [
    claimTable(rowsClaims(counted)),
    "",
    ...lives.flatMap((lived) => [stepTable(lived), ""]),
    "Milliseconds are those for which objects could not sleep: a call, a timer or the wait for another object was under way. " +
      "The meter adds up what is measured, whatever number of orders there was: a lone order has a flush of its own. *Other* " +
      "objects are the meter, the order index and those that count for reports.",
    "",
    `What counted the ${decimal(refusals.refused)} refusals, for reports and metrics, wrote ${refusals.rowsOfCounts} rows, however ` +
      "many they were.",
  ].join("\n");
}

/** Exact ones. */
export function rowsClaims({ lives, refusals }: RowCounts): Claim[] {
  return [...lives.flatMap(claimsOf), refusalsClaim(refusals)];
}

export function refusalsClaim({ refused, rowsWritten, alarmsSet }: Refusals): Claim {
  const rows = rowsWritten + alarmsSet;
  return {
    name: "rows written by refusals",
    says: `${rows} rows written by ${decimal(refused)} refusals`,
    reach: "0",
    reached: rows === 0,
    figure: exactly(rows),
  };
}

function claimTable(claims: Claim[]): string {
  return table(["figure", "to reach", ""], claims.map(claimCells));
}

/** Rows of the product and its ledger, without alarms, which are shown apart. */
function claimsOf({ name, life, holds }: Lived): Claim[] {
  const object = (...steps: Counts[]) =>
    steps.reduce((sum, counts) => sum + counts.productRows + counts.ledgerRows + counts.otherWrites, 0) /
    holds;
  const book = Object.values(life).reduce((sum, counts) => sum + counts.bookRows, 0) / holds;
  const claim = (what: string, rows: number, most: number): Claim => ({
    ...ceilingClaim(`${name}: ${what}`, rows, { most, unit: "rows", digits: 2 }),
    ...(holds === 1 && { figure: exactly(rows) }),
  });
  return [
    claim("reserve, object", object(life.reserve, life.reserveSettled), MOST_RESERVE_ROWS),
    claim("whole life, object", object(...Object.values(life)), MOST_OBJECT_ROWS),
    claim("whole life, book", book, MOST_BOOK_ROWS),
  ];
}

function stepTable({ name: title, life, holds }: Lived): string {
  const digits = holds === 1 ? 0 : 3;
  const rows = STEPS.map(([step, label]) => [
    label,
    ...COLUMNS.map(([name]) => decimal(life[step][name] / holds, digits)),
  ]);
  return table([title, ...COLUMNS.map(([, label]) => label)], rows);
}

export function billTable(lives: Lived[]): string {
  const bills = lives.map(({ life, holds }) => billOf(life, holds));
  const rows = PRICES.map(([item, name, dollars]) => [
    name,
    ...bills.map((bill) => decimal(bill[item], 2)),
    decimal(dollars, dollars < 0.01 ? 3 : 2),
    ...bills.map((bill) => decimal(bill[item] * dollars, 2)),
  ]);
  const totals = bills.map((bill) => `$${decimal(dollarsPerMillion(bill), 2)}`);
  const names = lives.map(({ name, life }) => (isRestless(life) ? `${name} (its alarms never end)` : name));
  const head = ["for each order", ...names, "dollars a million", ...names.map((name) => `$: ${name}`)];
  return table(head, [...rows, ["a million orders", ...names.map(() => ""), "", ...totals]]);
}

function isRestless(life: Life): boolean {
  return Object.values(life).some(({ restless }) => restless > 0);
}

export function renderFootprint(footprint: Footprint): string {
  const { startup } = footprint;
  const note = startup && [
    "",
    `Start-up is the CPU time of workerd's start with this bundle less that with an empty Worker ` +
      `(${decimal(startup.emptyCpuMs, 1)} ms), the lowest of many; by the clock ` +
      `${decimal(startup.clockMs, 1)} ms.`,
  ];
  return [claimTable(footprintClaims(footprint)), ...(note ?? [])].join("\n");
}

interface Footprint {
  gzipBytes?: number | undefined;
  startup?: Startup | undefined;
}

export function footprintClaims({ gzipBytes, startup }: Footprint): Claim[] {
  const claims: Claim[] = [];
  const size = { most: MOST_GZIP_KIB, unit: "KiB", digits: 1 };
  if (gzipBytes !== undefined)
    claims.push({
      ...ceilingClaim("bundle, gzipped", gzipBytes / 1024, size),
      figure: exactly(gzipBytes / 1024),
    });
  const time = { most: MOST_START_MS, unit: "ms", digits: 1 };
  if (startup) claims.push(ceilingClaim("start-up", startup.cpuMs, time));
  return claims;
}
