/** The part of the report that is counted, not timed: rows and dollars, size, start-up. */
import type { Bundle } from "./build.ts";
import type { CountName, Counts } from "./counts.ts";
import { ceilingClaim, decimal, type Claim } from "./measurement.ts";
import { billOf, dollarsPerMillion } from "./prices.ts";
import { claimCells, table } from "./report.ts";
import type { Life, Lived, RowCounts } from "./rows.ts";
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
  ["bookRows", "book rows"],
  ["productAlarms", "alarms set"],
  ["alarmsRun", "alarms run"],
  ["productCalls", "product calls"],
  ["ledgerCalls", "ledger calls"],
  ["kvPuts", "KV puts"],
  ["objectRowsRead", "object rows read"],
  ["bookRowsRead", "book rows read"],
];

export function renderRows({ lives, refusals }: RowCounts): string {
  return [
    "## Rows written in the life of a hold (exact)",
    "",
    claimTable(lives.flatMap(claimsOf)),
    "",
    ...lives.flatMap((lived) => [stepTable(lived), ""]),
    billTable(lives),
    "",
    "Rows written at $1.00, rows read at $0.001, object requests at $0.15, requests at $0.30 and log lines at " +
      "$0.60 a million, beyond what a plan includes. An alarm set is billed as an object row, an alarm run as an " +
      "object request. An order is two requests; each request and each object request is a line of the " +
      "platform's log while all are kept. Storage, duration and CPU time are not counted.",
    "",
    `${decimal(refusals.refused)} refusals wrote ${refusals.rowsWritten} rows ` +
      `and set ${refusals.alarmsSet} alarms.`,
  ].join("\n");
}

function claimTable(claims: Claim[]): string {
  return table(["figure", "to reach", ""], claims.map(claimCells));
}

/** Rows without alarms, which are shown apart. */
function claimsOf({ name, life, holds }: Lived): Claim[] {
  const object = (...steps: Counts[]) =>
    steps.reduce((sum, counts) => sum + counts.productRows + counts.ledgerRows + counts.otherWrites, 0) /
    holds;
  const book = Object.values(life).reduce((sum, counts) => sum + counts.bookRows, 0) / holds;
  const claim = (what: string, rows: number, most: number) =>
    ceilingClaim(`${name}: ${what}`, rows, { most, unit: "rows", digits: 2 });
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

function billTable(lives: Lived[]): string {
  const rows = lives.map(({ name, life, holds }) => {
    const bill = billOf(life, holds);
    const { objectRows, bookRows, rowsRead, objectRequests, logLines } = bill;
    const shares = [objectRows, bookRows, rowsRead, objectRequests, logLines].map((share) =>
      decimal(share, 2),
    );
    const cost = `$${decimal(dollarsPerMillion(bill), 2)}`;
    return [name, ...shares, bill.atLeast ? `over ${cost}: its alarms never end` : cost];
  });
  return table(
    [
      "a million orders",
      "object rows each",
      "book rows",
      "rows read",
      "object requests",
      "log lines",
      "cost",
    ],
    rows,
  );
}

export function renderFootprint(bundle: Bundle | undefined, startup: Startup | undefined): string {
  const claims: Claim[] = [];
  const size = { most: MOST_GZIP_KIB, unit: "KiB", digits: 1 };
  if (bundle) claims.push(ceilingClaim("bundle, gzipped", bundle.gzipBytes / 1024, size));
  const time = { most: MOST_START_MS, unit: "ms", digits: 1 };
  if (startup) claims.push(ceilingClaim("start-up", startup.cpuMs, time));
  const note = startup && [
    "",
    `Start-up is the CPU time of workerd's start with this bundle less that with an empty Worker ` +
      `(${decimal(startup.emptyCpuMs, 1)} ms), the lowest of many; by the clock ` +
      `${decimal(startup.clockMs, 1)} ms.`,
  ];
  return ["## Size and start-up", "", claimTable(claims), ...(note ?? [])].join("\n");
}
