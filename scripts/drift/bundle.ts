/** The Worker as it would be deployed stays small: it is loaded wherever somebody asks for it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { wrangler, type Finding } from "./tool.ts";

const MAX_GZIPPED_KIB = 250;

export async function checkBundle(scratch: string): Promise<Finding> {
  const directory = join(scratch, "bundle");
  await wrangler(["deploy", "--dry-run", "--outdir", directory]);
  const worker = readFileSync(join(directory, "worker.js"));
  const [wholeKib, gzippedKib] = [worker.length / 1024, gzipSync(worker).length / 1024];
  const size = `the Worker has ${gzippedKib.toFixed(1)} KiB gzipped (${wholeKib.toFixed(0)} KiB)`;
  return {
    figure: `${size} of ${MAX_GZIPPED_KIB}`,
    problems: gzippedKib <= MAX_GZIPPED_KIB ? [] : [`${size}, more than ${MAX_GZIPPED_KIB}`],
  };
}
