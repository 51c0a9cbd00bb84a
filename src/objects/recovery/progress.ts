/** How far a recovery has come: what is kept of it as one row, and shown. */
import * as z from "zod";

/** In the order in which they are read. `files` and `webhooks` name no products: they are what else the book has lost. */
export const LISTS = ["files", "webhooks", "book", "search", "catalog", "archive"] as const;
export type ListName = (typeof LISTS)[number];

const listProgress = z.object({
  list: z.enum([...LISTS, "given"]),
  state: z.enum(["waiting", "read", "skipped"]),
  /** What it had that no list before it had. */
  found: z.int(),
  /** Why it was skipped. */
  reason: z.string().nullable(),
});

export type ListProgress = z.output<typeof listProgress>;

export const progressSchema = z.object({
  /** Rises with each. */
  run: z.int(),
  phase: z.enum(["never", "running", "done"]),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  locations: z.int(),
  lists: z.array(listProgress),
  /** Where the list that is being read goes on. */
  cursor: z.string(),
  /** Of the list that is being read, in a row. */
  listFailures: z.int(),
  /** When the book fell back last, as far as this one mends it; `awaitsFall`: the ledgers have yet to see that it has. */
  fallAt: z.number().nullable(),
  awaitsFall: z.boolean(),
});

export type Progress = z.output<typeof progressSchema>;

export const NEVER: Progress = {
  run: 0,
  phase: "never",
  startedAt: null,
  finishedAt: null,
  locations: 0,
  lists: [],
  cursor: "",
  listFailures: 0,
  fallAt: null,
  awaitsFall: false,
};

export function newRun(before: Progress, fall: Pick<Progress, "fallAt" | "awaitsFall">): Progress {
  const lists: ListProgress[] = [
    ...LISTS.map((list) => ({ list, state: "waiting" as const, found: 0, reason: null })),
    { list: "given", state: "read", found: 0, reason: null },
  ];
  const startedAt = new Date().toISOString();
  return { ...NEVER, ...fall, run: before.run + 1, phase: "running", startedAt, lists };
}

/** The list that is to be read; undefined: all have been. What operators give waits for nobody. */
export function nextList({ lists }: Progress): ListName | undefined {
  return LISTS.find((name) => lists.some(({ list, state }) => list === name && state === "waiting"));
}

export function withList(
  progress: Progress,
  name: ListProgress["list"],
  change: (list: ListProgress) => Partial<ListProgress>,
): Progress {
  const lists = progress.lists.map((one) => (one.list === name ? { ...one, ...change(one) } : one));
  return { ...progress, lists };
}
