/**
 * All drills, one after the other, each in a process of its own: node test/drill/all.mjs [--soak] [SETS.CSV]
 * `--soak`: the long versions. Without Rebrickable's sets.csv the demo data is imported.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const soak = process.argv.includes("--soak");
const DRILLS = [
  ["hot-stock.mjs"],
  ["kill9.mjs", "--rounds", soak ? "50" : "3"],
  ["d1-outage.mjs"],
  ["book-lock.mjs"],
  ["poison.mjs"],
  ["batches.mjs"],
  ["webhook-receiver.mjs"],
  ["retail.mjs"],
  ["listeners.mjs", ...(soak ? ["--sockets", "3000", "--followers", "50", "--seconds", "120"] : [])],
  ["import-all.mjs", ...process.argv.slice(2).filter((arg) => arg.endsWith(".csv"))],
];

const failed = DRILLS.filter(([file, ...args]) => {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return spawnSync(process.execPath, [path, ...args], { stdio: "inherit" }).status !== 0;
});
console.log(failed.length === 0 ? "all drills passed" : `failed: ${failed.map(([file]) => file).join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
