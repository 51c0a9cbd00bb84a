/** B14: what every GET route reads of a big book, and how long it takes, beside the same on an almost empty one. */
import { buildEntry } from "../build.ts";
import { askBooks, type Asked, type AskOptions } from "../big-book-requests.ts";
import { BIG, FEW } from "../big-book-fill.ts";
import { decimal, exactly, type Claim, type Measurement } from "../measurement.ts";

/** 4,000 matches of a search are put in order, each read four times. What has no index is looked for in 2,000 rows, read twice. */
const MOST_ROWS = 17_000;
/** A product shown is its row, its indexes, its quote. */
const MOST_ROWS_AN_ITEM = 40;
const MOST_TIMES = 1.5;

export const ASKED_HEAD = [
  "request",
  "status",
  "items",
  "rows read, almost empty",
  "big",
  "ms, almost empty",
  "big",
];

export async function bigBook(directory: string, options: AskOptions): Promise<Measurement> {
  const asked = await askBooks(await buildEntry("row-reading", directory), options);
  const { events, products, reservations } = options.quick ? FEW : BIG;
  const comparable = asked.filter(({ items }) => items[0] === items[1]);
  return {
    id: "B14",
    what:
      `every GET route with ${decimal(events)} events, ${decimal(reservations)} reservations, ` +
      `${decimal(products)} products in the book`,
    claims: [rowsClaim(asked), timeClaim(comparable)],
    notes: [
      `${asked.length - comparable.length} of the ${asked.length} requests answer with more from the big book, and are not ` +
        "judged by their time. Rows are those that D1 says it read, the most of several tries. One request at a time.",
    ],
    details: {
      head: ASKED_HEAD,
      rows: asked.filter((one) => excessOf(one) > 0 || isSlow(one, comparable)).map(askedCells),
    },
  };
}

export function askedCells({ request, status, items, rows, ms, more }: Asked): string[] {
  const shown = items[1] === undefined ? "" : `${decimal(items[1])}${more ? "+" : ""}`;
  return [
    `\`${request}\``,
    String(status),
    shown,
    ...rows.map((count) => decimal(count)),
    ...ms.map((time) => decimal(time, 1)),
  ];
}

function rowsClaim(asked: Asked[]): Claim {
  const bound = `${decimal(MOST_ROWS)} rows and ${MOST_ROWS_AN_ITEM} an item`;
  const beyond = asked.filter((one) => excessOf(one) > 0);
  const most = asked.toSorted((a, b) => excessOf(b) - excessOf(a))[0];
  return {
    name: "rows read",
    says:
      `${asked.length - beyond.length} of ${asked.length} requests read at most ${bound}` +
      (most && beyond.length > 0 ? `; most: ${decimal(most.rows[1])}, ${most.request}` : ""),
    reach: "all",
    reached: beyond.length === 0,
    figure: exactly(beyond.length),
  };
}

/** Above 0: it reads more than it may. */
function excessOf({ items, rows }: Asked): number {
  return rows[1] - MOST_ROWS - MOST_ROWS_AN_ITEM * (items[1] ?? 0);
}

function timeClaim(comparable: Asked[]): Claim {
  const slow = comparable.filter((one) => isSlow(one, comparable));
  const most = comparable.toSorted((a, b) => timesOf(b) - timesOf(a))[0];
  return {
    name: "time",
    says:
      `${comparable.length - slow.length} of ${comparable.length} that answer as much take at most ${MOST_TIMES}x as long` +
      (most ? `; longest: ${decimal(timesOf(most), 1)}x, ${most.request}` : ""),
    reach: "all",
    reached: slow.length === 0,
  };
}

function isSlow(one: Asked, comparable: Asked[]): boolean {
  return comparable.includes(one) && timesOf(one) > MOST_TIMES;
}

function timesOf({ ms: [less, more] }: Asked): number {
  return more / less;
}
