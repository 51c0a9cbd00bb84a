/**
 * Commits entries to the book so that none of them holds up another. When D1 is away, all are turned away. When it refuses
 * what one of them carries, that one is found: by reading everything with a SQLite of our own, which knows the same limits,
 * and if that finds nothing by halves.
 */
import { isContentFailure } from "../../d1/content-failure";
import type { BookEntry } from "../../d1/projection";

export interface LedgerAnswer {
  /** The book has the entry. */
  ok: boolean;
  /** Why not. */
  reason?: string;
  /** For what it carries: the same will never be taken. Otherwise it may be sent again. */
  refused?: true;
  /** So many are sending that each should gather for this long before it sends again. */
  gatherMs?: number;
}

export interface Waiting {
  entry: BookEntry;
  resolve(answer: LedgerAnswer): void;
}

export interface BatchDeps {
  /** Commits all of them or none. Rejects when D1 does. */
  project(entries: readonly BookEntry[]): Promise<void>;
  isValidJson(text: string): boolean;
  onFailure(error: unknown, entries: number): void;
}

/** Answers everyone. False: the book is away. */
export async function commitBatch(deps: BatchDeps, batch: Waiting[]): Promise<boolean> {
  let screened = false;
  const parts = [batch];
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const reason = await project(deps, part);
    if (reason === undefined) {
      resolveAll(part, { ok: true });
    } else if (!isContentFailure(reason)) {
      resolveAll([part, ...parts].flat(), { ok: false, reason });
      return false;
    } else {
      const middle = Math.ceil(part.length / 2);
      const readable = screened ? part : refuseUnreadable(deps, part);
      screened = true;
      if (readable.length < part.length) parts.unshift(readable);
      else if (part.length === 1) resolveAll(part, { ok: false, reason, refused: true });
      else parts.unshift(part.slice(0, middle), part.slice(middle));
    }
  }
  return true;
}

/** Answers those whose JSON SQLite cannot read; the others are left. */
export function refuseUnreadable({ isValidJson }: BatchDeps, batch: readonly Waiting[]): Waiting[] {
  return batch.filter((one) => {
    const { events, stock, catalog } = one.entry;
    if ([events, stock ?? "", catalog ?? ""].every(isValidJson)) return true;
    one.resolve({ ok: false, reason: "malformed JSON", refused: true });
    return false;
  });
}

/** undefined: the book has them. */
async function project(deps: BatchDeps, part: readonly Waiting[]): Promise<string | undefined> {
  if (part.length === 0) return undefined;
  try {
    await deps.project(part.map(({ entry }) => entry));
    return undefined;
  } catch (error) {
    deps.onFailure(error, part.length);
    return error instanceof Error ? error.message : String(error);
  }
}

function resolveAll(waiting: readonly Waiting[], answer: LedgerAnswer): void {
  for (const { resolve } of waiting) resolve(answer);
}
