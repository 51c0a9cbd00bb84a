/**
 * A batch is worth sending: a hundred updates in one request against the same hundred, one after the other.
 */
import { z } from "zod";
import { median } from "../../bench/statistics.ts";
import { createProducts, numbered, readStocks } from "./products.ts";
import { runTest, type Test } from "./run-test.ts";

const PRODUCTS = 100;
const STOCK = 1000;
const ROUNDS = 5;
/**
 * Single calls of a round are made in this many parts with a batch after each, so that both meet the same
 * machine.
 */
const PARTS = 5;
/** The batch must take less than this part of the single calls' time. */
const LIMIT = 1 / 5;

const IDS = numbered("BATCH", PRODUCTS);

const result = z.object({ summary: z.object({ applied: z.number() }) });

await runTest({
  title: `batches: ${PRODUCTS} updates over ${PRODUCTS} products, in one request and one by one`,
  limitSeconds: 180,
  run: async (test) => {
    await createProducts(test.api, IDS, STOCK);
    await compare(test);
    for (const onError of ["continue", "rejectAll", "stop"]) await timeBulk(test, onError);
  },
});

async function compare({ api, say, expect }: Test): Promise<void> {
  const update = (productId: string, key: string) => ({ productId, delta: -1, idempotencyKey: key });
  const single = async (ids: string[], round: number) => {
    for (const productId of ids)
      await api.call("POST /v1/inventory/updates", {
        body: { storeId: "test", ...update(productId, `single-${round}`) },
      });
  };
  let batches = 0;
  const batch = async () => {
    batches += 1;
    const updates = IDS.map((productId) => update(productId, `batch-${batches}`));
    const body = { storeId: "test", updates };
    const { summary } = await api.read(result, "POST /v1/inventory/updates", { body });
    expect(summary.applied === PRODUCTS, `batch ${batches}: ${summary.applied} applied`);
  };

  const singleMs: number[] = [];
  const batchMs: number[] = [];
  const size = PRODUCTS / PARTS;
  // The first round only warms both.
  for (let round = 0; round <= ROUNDS; round += 1) {
    let singlesMs = 0;
    for (let start = 0; start < PRODUCTS; start += size) {
      singlesMs += await timed(() => single(IDS.slice(start, start + size), round));
      const tookMs = await timed(batch);
      if (round > 0) batchMs.push(tookMs);
    }
    if (round > 0) singleMs.push(singlesMs);
  }
  const ratio = median(batchMs) / median(singleMs);
  const shown = (numbers: number[]) =>
    `${median(numbers).toFixed(0)} ms (${numbers.map((ms) => ms.toFixed(0)).join(", ")})`;
  say(`one by one: ${shown(singleMs)}`);
  say(`in one request: ${shown(batchMs)}`);
  say(`${(ratio * 100).toFixed(1)} % of the time, medians of ${singleMs.length} and ${batchMs.length}`);
  expect(ratio < LIMIT, `a batch takes ${ratio.toFixed(2)} of the time of single calls`);

  const left = STOCK - (ROUNDS + 1) - batches;
  for (const [productId, { onHand }] of await readStocks(api, IDS))
    expect(onHand === left, `${productId} has ${onHand} on hand, not ${left}`);
}

async function timeBulk({ api, say, expect }: Test, onError: string): Promise<void> {
  const operations = IDS.flatMap((productId) =>
    [1, 2, 3, 4, 5].map((delta) => ({ op: "adjust", productId, delta, type: "receipt", reason: "test" })),
  );
  const tookMs = await timed(async () => {
    const body = { operations, onError };
    const { summary } = await api.read(result, "POST /v1/inventory/bulk", { body });
    expect(summary.applied === operations.length, `bulk, ${onError}: ${summary.applied} applied`);
  });
  say(`bulk of ${operations.length}, ${onError}: ${tookMs.toFixed(0)} ms`);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
