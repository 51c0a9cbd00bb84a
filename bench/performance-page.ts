/**
 * npx node bench/performance-page.ts [--bench FILE]... [--peers FILE]: writes what `npm run bench -- --json FILE` and
 * `npm run bench:peers -- --json FILE` found into the documents, between `<!-- measured: NAME -->` and `<!-- end -->`. A part whose
 * measure the file lacks stays as it is; several files are one run in parts.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { logProgress } from "../scripts/progress.ts";
import { PROJECT_DIRECTORY } from "../scripts/wrangler.ts";
import { readPeersResult, renderPeers } from "./peers/result.ts";
import { billTable, renderFootprint, rowsTables } from "./report-rows.ts";
import { renderDetails, renderHead, renderSpeed } from "./report.ts";
import { merged, readResult, type Result } from "./result.ts";

const DOCUMENTS = ["docs/performance.md", "docs/operating.md"];
const PART = /(<!-- measured: (\w+) -->\n).*?(<!-- end -->)/gs;

const { values } = parseArgs({
  options: { bench: { type: "string", multiple: true }, peers: { type: "string" } },
});
const [first, ...others] = (values.bench ?? []).map(readResult);
const parts: Record<string, string> = {
  ...(first && benchParts(merged([first, ...others]))),
  ...(values.peers !== undefined && { peers: renderPeers(readPeersResult(values.peers)) }),
};
if (Object.keys(parts).length === 0) throw new Error("--bench FILE or --peers FILE: what is to be written?");
for (const name of DOCUMENTS) {
  const file = join(PROJECT_DIRECTORY, name);
  const written: string[] = [];
  const text = readFileSync(file, "utf8").replaceAll(
    PART,
    (whole, begin: string, part: string, end: string) => {
      const found = parts[part];
      if (found === undefined) return whole;
      written.push(part);
      return `${begin}${found}\n${end}`;
    },
  );
  writeFileSync(file, text);
  logProgress(`${name}: ${written.join(", ") || "nothing"}`);
}

function benchParts(result: Result): Record<string, string> {
  const { measurements, counted, gzipBytes, startup } = result;
  const details = measurements.map(renderDetails).filter((one) => one !== false);
  return {
    ...(measurements.length > 0 && {
      speed: [renderHead(result), renderSpeed(measurements)].join("\n\n"),
      details: details.join("\n\n"),
    }),
    ...(counted && { rows: rowsTables(counted), cost: billTable(counted.lives) }),
    ...((gzipBytes ?? startup) !== undefined && { footprint: renderFootprint({ gzipBytes, startup }) }),
  };
}
