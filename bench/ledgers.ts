/**
 * npx node bench/ledgers.ts: how many events a second the ledgers put into one D1, by how many there are and by how many events
 * a product sends at once. Ledgers and D1 are driven alone, without the objects of products, and share workerd's one thread:
 * what more ledgers gain where they have threads of their own this cannot show, what they cost it can.
 */
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { logProgress } from "../scripts/progress.ts";
import { buildEntry } from "./build.ts";
import { generateSets } from "./catalog.ts";
import { describeMachine } from "./machine.ts";
import { decimal } from "./measurement.ts";
import { cpuTimeNs } from "./process-clock.ts";
import { table } from "./table.ts";
import { fillProducts } from "./search-index.ts";
import { startHoldfast, type Holdfast } from "./stage.ts";
import { median } from "./statistics.ts";

const PRODUCTS = 500;
const SHARDS = [1, 2, 4];
const EVENTS_A_CALL = [1, 20];
const ROUNDS = 3;
const SAMPLE_MS = 2000;

const driven = z.object({ appended: z.number(), version: z.number() });

interface Sample {
  perSecond: number;
  cpuMicros: number;
}

const { cores, cpuModel, loadAverage } = describeMachine();
using scratch = mkdtempDisposableSync(join(tmpdir(), "holdfast-ledgers-"));
const bundle = await buildEntry("ledgers", join(scratch.path, "worker"));
const contestants = EVENTS_A_CALL.flatMap((events) => SHARDS.map((shards) => ({ events, shards })));
const samples = contestants.map((): Sample[] => []);
await using holdfast = await startHoldfast("ledgers", bundle, { quiet: true });
const products = generateSets(PRODUCTS, 0);
await fillProducts(holdfast.book.database, products);
const productIds = products.map(({ productId }) => productId);
let version = 1;
// Round 0 warms up.
for (let round = 0; round <= ROUNDS; round += 1)
  for (const [index, contestant] of contestants.entries()) {
    const sample = await takeSample(holdfast, contestant);
    if (round > 0) samples[index]?.push(sample);
    logProgress(`round ${round}: ${JSON.stringify(contestant)} ${decimal(sample.perSecond)} events a second`);
  }
const rows = contestants.map(({ events, shards }, index) => {
  const own = samples[index] ?? [];
  const figures = [median(own.map((one) => one.perSecond)), median(own.map((one) => one.cpuMicros))];
  return [String(events), String(shards), ...figures.map((figure) => decimal(figure))];
});
process.stdout.write(
  `${cores} cores of ${cpuModel}, load average at the start ${decimal(loadAverage, 2)}; ${PRODUCTS} products.\n\n` +
    `${table(["events a call", "ledgers", "events/s", "CPU µs an event"], rows)}\n`,
);

async function takeSample(
  { api, server, book }: Holdfast,
  contestant: { events: number; shards: number },
): Promise<Sample> {
  const cpuBefore = cpuTimeNs(server.pid);
  const startedAt = performance.now();
  const body = { productIds, ...contestant, version, milliseconds: SAMPLE_MS };
  const { appended, version: highest } = await api.read(driven, "POST /bench/ledgers", { body });
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuMicros = (cpuTimeNs(server.pid) - cpuBefore) / 1000 / appended;
  version = highest;
  await book.waitUntilQuiet(100);
  return { perSecond: appended / seconds, cpuMicros };
}
