/** A batch with entries that the book will never take, beside others. */
import { describe, expect, it, vi } from "vitest";
import type { BookEntry } from "../../../src/d1/projection";
import { commitBatch, type LedgerAnswer } from "../../../src/objects/ledger/batch";

const CONSTRAINT = "D1_ERROR: CHECK constraint failed: n >= 0: SQLITE_CONSTRAINT";

/** Entries `0` to `count - 1`; the book refuses whatever is in `bad`, and counts. */
async function commit(
  count: number,
  deps: { bad?: string[]; unreadable?: string[]; away?: (call: number) => boolean },
) {
  const { bad = [], unreadable = [], away = () => false } = deps;
  const batches: string[][] = [];
  const book: string[] = [];
  const answers: LedgerAnswer[] = [];
  const batch = Array.from({ length: count }, (_, index) => ({
    entry: {
      productId: String(index),
      events: `e${index}`,
      fromVersion: 0,
      toVersion: 1,
      stock: null,
      catalog: null,
    },
    resolve: (answer: LedgerAnswer) => void (answers[index] = answer),
  }));
  const there = await commitBatch(
    {
      project: async (entries: readonly BookEntry[]) => {
        const ids = entries.map(({ productId }) => productId);
        batches.push(ids);
        if (away(batches.length)) throw new Error("D1 is away");
        if (ids.some((id) => unreadable.includes(id)))
          throw new Error("D1_ERROR: malformed JSON: SQLITE_ERROR");
        if (ids.some((id) => bad.includes(id))) throw new Error(CONSTRAINT);
        book.push(...ids);
      },
      isValidJson: (text) => !unreadable.includes(text.slice(1)),
      onFailure: vi.fn(),
    },
    batch,
  );
  return { there, batches, book, answers };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => String(index));

describe("a batch of the ledger", () => {
  it("goes to the book as one", async () => {
    const { batches, answers } = await commit(3, {});
    expect(batches).toEqual([["0", "1", "2"]]);
    expect(answers).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  });

  it("what cannot be read is found here: the others are in the book by the second try, however many it is", async () => {
    const unreadable = ["0", "3", "4", "99"];
    const { there, batches, book, answers } = await commit(100, { unreadable });
    expect(there).toBe(true);
    expect(batches).toHaveLength(2);
    expect(book).toEqual(ids(100).filter((id) => !unreadable.includes(id)));
    for (const id of ids(100)) {
      expect(answers[Number(id)]).toEqual(
        unreadable.includes(id) ? { ok: false, reason: "malformed JSON", refused: true } : { ok: true },
      );
    }
  });

  it("what only the book knows to be wrong is found by halves, beside what cannot be read", async () => {
    const { batches, book, answers } = await commit(64, { bad: ["17"], unreadable: ["40"] });
    expect(batches.length).toBeLessThan(20);
    expect(book.toSorted((a, b) => Number(a) - Number(b))).toEqual(
      ids(64).filter((id) => id !== "17" && id !== "40"),
    );
    expect(answers[17]).toEqual({ ok: false, reason: CONSTRAINT, refused: true });
  });

  it("nothing that can be read is left: then nothing more is sent", async () => {
    const { batches, answers } = await commit(2, { unreadable: ["0", "1"] });
    expect(batches).toHaveLength(1);
    expect(answers.every(({ refused }) => refused)).toBe(true);
  });

  it("an outage turns everybody away, with one call", async () => {
    const { there, batches, answers } = await commit(3, { away: () => true });
    expect(there).toBe(false);
    expect(batches).toHaveLength(1);
    const away = { ok: false, reason: "D1 is away" };
    expect(answers).toEqual([away, away, away]);
  });

  it("an outage in the middle of the search ends it: who is in the book stays, the others may come again", async () => {
    const { there, book, answers } = await commit(8, { bad: ["7"], away: (call) => call === 3 });
    expect(there).toBe(false);
    expect(book).toEqual(["0", "1", "2", "3"]);
    expect(answers.slice(0, 4).every(({ ok }) => ok)).toBe(true);
    for (const answer of answers.slice(4)) expect(answer).toEqual({ ok: false, reason: "D1 is away" });
  });
});
