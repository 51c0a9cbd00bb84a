/** The way to the book for readers: every wait is bounded, and whatever goes wrong there has one name. */
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { D1_TIMEOUT_MS } from "../limits";
import { logError } from "../telemetry/log";
import { withTimeout } from "../timeout";
import { BookNotMigrated, requireBookSchema } from "./book-schema";

export type Book = DrizzleD1Database;

/** D1 failed or did not answer in time. The cause is for the log, never for a client. */
export class BookUnavailable extends Error {
  constructor(cause: unknown) {
    super("the book is unavailable", { cause });
  }
}

/** That the book is not migrated has been said already, when it was seen. */
export function logBookUnavailable(error: BookUnavailable, requestId: string): void {
  if (!(error.cause instanceof BookNotMigrated)) logError("book_unavailable", error.cause, { requestId });
}

const bookByBinding = new WeakMap<D1Database, Book>();

function primaryBook(binding: D1Database): Book {
  const known = bookByBinding.get(binding);
  if (known) return known;
  const book = drizzle(binding);
  bookByBinding.set(binding, book);
  return book;
}

/**
 * Any replica may answer. A session prepares and batches as the binding itself does, though its type does not say so.
 */
export function replica(binding: D1Database): Book {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its type does not say so
  return drizzle(binding.withSession() as unknown as D1Database);
}

type Query<T> = (book: Book) => PromiseLike<T>;

/** Reads from the primary, which sees every write that has been answered. Throws `BookUnavailable`. */
export function readPrimary<T>(binding: D1Database, query: Query<T>): Promise<T> {
  return bounded(binding, query(primaryBook(binding)));
}

/** Any replica may answer. Throws `BookUnavailable`. */
export function readReplica<T>(binding: D1Database, query: Query<T>): Promise<T> {
  return bounded(binding, query(replica(binding)));
}

/** Begins only when the schema is known to be right. Throws `BookUnavailable`. */
export function writePrimary<T>(binding: D1Database, query: Query<T>): Promise<T> {
  return inTime(requireBookSchema(binding).then(() => query(primaryBook(binding))));
}

/** Throws `BookUnavailable` as well when the book that answers has another schema. */
export function bounded<T>(binding: D1Database, query: PromiseLike<T>): Promise<T> {
  return inTime(Promise.all([query, requireBookSchema(binding)]).then(([answer]) => answer));
}

/** Throws `BookUnavailable` when the answer fails, or takes longer than D1 may: when it comes later, it is ignored. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  try {
    return await withTimeout(answer, D1_TIMEOUT_MS, "D1");
  } catch (error) {
    throw new BookUnavailable(error);
  }
}
