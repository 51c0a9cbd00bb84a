/**
 * npx node bench/big-book.ts [--quick] [--state DIR] [--match TEXT] [--times N]: B14, request by request: on a book of 1,000,000
 * events, 25,533 products and 300,000 reservations (or on the one that test/e2e/archive.ts --keep left in DIR), and on an almost
 * empty one. `--match`: only requests with that text; `--times`: how often each is asked.
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
  options: {
    quick: { type: "boolean", default: false },
    state: { type: "string" },
    match: { type: "string" },
    times: { type: "string" },
  },
});
const { times, ...options } = values;
using scratch = mkdtempDisposableSync(join(tmpdir(), "holdfast-big-book-"));
const asked = await askBooks(await buildEntry("row-reading", join(scratch.path, "worker")), {
  ...options,
  ...(times !== undefined && { times: Number(times) }),
});
process.stdout.write(`${table(ASKED_HEAD, asked.map(askedCells))}\n`);
