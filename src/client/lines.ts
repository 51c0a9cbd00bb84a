/** An answer that comes line by line. */
import { within } from "./time.ts";

interface Reading {
  signal?: AbortSignal | undefined;
  /** Silence that is too long. */
  idleMs: number;
}

/** Whole lines only: what was cut off is not given. Ends the answer when nobody reads on. */
export async function* linesOf(
  response: Response,
  { signal, idleMs }: Reading,
): AsyncGenerator<string, void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await within(idleMs, signal, () => reader.read());
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } finally {
    // It may have failed already.
    reader.cancel().catch(() => undefined);
  }
}
