/**
 * npx node bench/big-book.ts [--quick] [--state DIR]: B14, request by request: on a book of 1,000,000 events, 25,533 products and
 * 300,000 reservations (or on the one that test/e2e/archive.ts --keep left in DIR), and on an almost empty one.
 */
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { askBooks } from "./big-book-requests.ts";
import { buildEntry } from "./build.ts";
import { ASKED_HEAD, askedCells } from "./measures/big-book.ts";
import { table } from "./table.ts";

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, state: { type: "string" } },
});
using scratch = mkdtempDisposableSync(join(tmpdir(), "holdfast-big-book-"));
const asked = await askBooks(await buildEntry("row-reading", join(scratch.path, "worker")), values);
process.stdout.write(`${table(ASKED_HEAD, asked.map(askedCells))}\n`);
