/** The book as its file on this machine has it: filled quickly, and looked at from outside, whatever runs on it. */
import { crc32 } from "node:zlib";
import { stringify } from "safe-stable-stringify";
import { z } from "zod";
import { fillBook, type Sizes } from "../../bench/big-book-fill.ts";
import { openBook } from "../recorded/state-files.ts";

const numbers = z.object({
  events: z.number(),
  oldest: z.number().nullable(),
  newest: z.number().nullable(),
});
const segmentRow = z.object({ first: z.number(), last: z.number(), events: z.number() });
const eventRow = z.object({ offset: z.number(), body: z.string() });

export type BookNumbers = z.infer<typeof numbers> & {
  /** Of the manifest, in order. */
  segments: z.infer<typeof segmentRow>[];
};

/** Past the objects: products whose objects do not know them. */
export async function fillBookFile(state: string, sizes: Sizes): Promise<void> {
  using book = openBook(state);
  book.exec("PRAGMA synchronous = OFF");
  await fillBook(
    {
      prepare: (sql) => ({
        bind: (...values) => ({
          run: async () =>
            book.prepare(sql).run(Object.fromEntries(values.map((value, index) => [`?${index + 1}`, value]))),
        }),
      }),
    },
    sizes,
  );
}

export function bookNumbers(state: string): BookNumbers {
  using book = openBook(state);
  const row = book
    .prepare("SELECT count(*) AS events, min(offset) AS oldest, max(offset) AS newest FROM events")
    .get();
  const segments = book
    .prepare(
      "SELECT first_offset AS first, last_offset AS last, events FROM event_segments ORDER BY first_offset",
    )
    .all();
  return { ...numbers.parse(row), segments: z.array(segmentRow).parse(segments) };
}

/** As if the events of these products had come an hour ago. */
export function ageEvents(state: string, productIds: string[]): void {
  using book = openBook(state);
  book
    .prepare("UPDATE events SET at_ms = at_ms - 3600000 WHERE product_id IN (SELECT value FROM json_each(?))")
    .run(JSON.stringify(productIds));
}

/** Check sums of events as clients get them, by offset. */
export function eventSums(state: string): Map<number, number> {
  using book = openBook(state);
  const sums = new Map<number, number>();
  for (const row of book.prepare("SELECT offset, body FROM events").iterate()) {
    const { offset, body } = eventRow.parse(row);
    sums.set(offset, eventSum({ offset, ...z.looseObject({}).parse(JSON.parse(body)) }));
  }
  return sums;
}

export function eventSum(event: object): number {
  return crc32(stringify(event) ?? "");
}
