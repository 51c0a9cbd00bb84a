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

/** The primary: sees every write that has been answered. */
export function primaryBook(binding: D1Database): Book {
  const known = bookByBinding.get(binding);
  if (known) return known;
  const book = drizzle(binding);
  bookByBinding.set(binding, book);
  return book;
}

/**
 * Any replica may answer. A session prepares and batches as the binding itself does, though its type does not
 * say so.
 */
export function replicatedBook(binding: D1Database): Book {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its type does not say so
  return drizzle(binding.withSession() as unknown as D1Database);
}

/**
 * Throws `BookUnavailable` when the query fails, takes longer than D1 may (its late answer is then ignored), or meets a book
 * of another schema. What writes is given as a function: it begins only when the schema is known to be right.
 */
export async function bounded<T>(
  binding: D1Database,
  query: PromiseLike<T> | (() => PromiseLike<T>),
): Promise<T> {
  try {
    return await withTimeout(onRightSchema(binding, query), D1_TIMEOUT_MS, "D1");
  } catch (error) {
    throw new BookUnavailable(error);
  }
}

async function onRightSchema<T>(
  binding: D1Database,
  query: PromiseLike<T> | (() => PromiseLike<T>),
): Promise<T> {
  if (typeof query === "function") {
    await requireBookSchema(binding);
    return query();
  }
  const [answer] = await Promise.all([query, requireBookSchema(binding)]);
  return answer;
}
