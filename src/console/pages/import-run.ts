/**
 * The import of this tab: one at a time. It goes on whatever page is shown, ends with the session, and is reported here as it
 * goes: at most ten times a second, since a row may take less than a millisecond.
 */
import { effect, signal } from "@preact/signals";
import type { ImportResult } from "../../client/wire.ts";
import { holdfast, isAbort } from "../connection.ts";
import { sessionNumber } from "../session.ts";
import { reasonOf, type ImportFile } from "./import-file.ts";

/** A file as it was chosen. */
export interface Chosen {
  name: string;
  blob: Blob;
  content: ImportFile;
}

export interface RefusedRow {
  /** From 1. */
  row: number;
  productId: string | null;
  reason: string;
}

export interface Counts {
  done: number;
  created: number;
  changed: number;
  unchanged: number;
}

export interface Run extends Counts {
  chosen: Chosen;
  state: "running" | "done" | "cancelled" | "failed";
  refused: readonly RefusedRow[];
  startedAtMs: number;
  /** By now, or when it ended. */
  ms: number;
  error?: unknown;
}

const SHOWN_EVERY_MS = 100;
/** Until the answer begins: the file has to be there first. */
const UPLOAD_TIMEOUT_MS = 300_000;

export const run = signal<Run | undefined>(undefined);
let end: AbortController | undefined;
/** Of an import that did not come to its end: the same file again is then answered for the rows that were done. */
let unfinished: { blob: Blob; key: string } | undefined;

export class Tally {
  readonly refused: RefusedRow[] = [];
  done = 0;
  created = 0;
  changed = 0;
  unchanged = 0;

  add({ row, productId, result, error }: ImportResult): void {
    this.done += 1;
    if (result === "created") this.created += 1;
    else if (result === "updated") this.changed += 1;
    else if (result === "unchanged") this.unchanged += 1;
    else this.refused.push({ row, productId, reason: reasonOf(error) });
  }

  get counts(): Counts {
    const { done, created, changed, unchanged } = this;
    return { done, created, changed, unchanged };
  }
}

export async function startImport(chosen: Chosen): Promise<void> {
  if (run.peek()?.state === "running") return;
  const { blob, content } = chosen;
  const key = unfinished?.blob === blob ? unfinished.key : crypto.randomUUID();
  unfinished = { blob, key };
  const ending = new AbortController();
  end = ending;
  const tally = new Tally();
  const startedAtMs = performance.now();
  const show = (state: Run["state"], error?: unknown) => {
    const ms = performance.now() - startedAtMs;
    const refused = [...tally.refused];
    run.value = {
      chosen,
      ...tally.counts,
      refused,
      state,
      startedAtMs,
      ms,
      ...(error !== undefined && { error }),
    };
  };
  show("running");
  const timer = setInterval(() => show("running"), SHOWN_EVERY_MS);
  const { signal: aborted } = ending;
  try {
    const options = { signal: aborted, idempotencyKey: key, timeoutMs: UPLOAD_TIMEOUT_MS };
    for await (const result of holdfast.products.import(blob, { format: content.format }, options))
      tally.add(result);
    unfinished = undefined;
    show("done");
  } catch (error) {
    if (aborted.aborted || isAbort(error)) show("cancelled");
    else show("failed", error);
  } finally {
    clearInterval(timer);
  }
}

export function cancelImport(): void {
  end?.abort();
}

/** What is shown of the last one goes. */
export function forgetRun(): void {
  if (run.peek()?.state !== "running") run.value = undefined;
}

effect(() => {
  void sessionNumber.value;
  return () => {
    end?.abort();
    run.value = undefined;
  };
});
