/**
 * A warehouse that follows the book: for every sale a line of a pick list. The list is also what it remembers: a line has the
 * offset of its event, so that after a crash, a kill -9 for that matter, it goes on behind the last line. No sale is lost, and
 * none is picked twice.
 *
 *     HOLDFAST_URL=http://127.0.0.1:8787 HOLDFAST_KEY=demo node examples/follow-the-book.ts picks.ndjson
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { createHoldfast, isProblem } from "holdfast/client";

const { HOLDFAST_URL: baseUrl = "http://127.0.0.1:8787", HOLDFAST_KEY: key = "demo" } = process.env;
const [file = "picks.ndjson"] = process.argv.slice(2);
const holdfast = createHoldfast({ baseUrl, key, onState: (state) => console.error(state) });

const list = openSync(file, "a");
const saved = savedOffset();
console.error(saved === undefined ? "from the beginning" : `on from offset ${saved + 1}`);
try {
  await pickFrom(saved === undefined ? 1 : saved + 1);
} catch (error) {
  // Sales that nobody can read any more must not pass unnoticed; whoever begins begins at what there is.
  if (!isProblem(error, "offset_expired") || saved !== undefined) throw error;
  await pickFrom(error.problem.oldestOffset);
} finally {
  closeSync(list);
}

async function pickFrom(next: number): Promise<void> {
  for await (const sale of holdfast.followEvents(next, { type: "reservation.confirmed" })) {
    const { offset, productId, data } = sale;
    const { locationId, confirmedQuantity: quantity, orderId } = data;
    writeSync(list, `${JSON.stringify({ offset, pick: { productId, locationId, quantity, orderId } })}\n`);
    // It is on the disk before the next one is taken.
    fsyncSync(list);
  }
}

/** Of the last line that is whole; what was being written when it crashed is cut off. */
function savedOffset(): number | undefined {
  const text = readFileSync(file);
  const whole = text.lastIndexOf("\n") + 1;
  ftruncateSync(list, whole);
  const last = text.subarray(0, whole).toString().trimEnd().split("\n").at(-1);
  if (!last) return undefined;
  const { offset }: { offset: number } = JSON.parse(last);
  return offset;
}
