/** A batch is worth sending: a hundred updates in one request against the same hundred, one after the other. */
import { runDrill } from "./drill.mjs";
import { inParallel } from "./parallel.mjs";

const PRODUCTS = 100;
const STOCK = 1000;
const ROUNDS = 5;
/** Single calls of a round are made in this many parts with a batch after each, so that both meet the same machine. */
const PARTS = 5;
/** The batch must take less than this part of the single calls' time. */
const LIMIT = 1 / 5;
const CONNECTIONS = 10;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

const IDS = Array.from({ length: PRODUCTS }, (_, index) => `BATCH-${index}`);

await runDrill({
  title: `batches: ${PRODUCTS} updates over ${PRODUCTS} products, in one request and one by one`,
  limitSeconds: 180,
  run: async ({ api, say, expect, find }) => {
    await inParallel(IDS, CONNECTIONS, (productId) => api.create(productId, STOCK));

    const timed = async (work) => {
      const startedAt = performance.now();
      await work();
      return performance.now() - startedAt;
    };
    const update = (productId, key) => ({ productId, delta: -1, idempotencyKey: key });
    const refused = (answer) => `${answer.status} ${JSON.stringify(answer.body).slice(0, 500)}`;

    const single = (ids, round) => async () => {
      for (const productId of ids) {
        const body = { storeId: "drill", ...update(productId, `single-${round}`) };
        const answer = await api.post("/v1/inventory/updates", body);
        if (answer.status !== 200) find([`single, ${productId}: ${refused(answer)}`]);
      }
    };
    let batches = 0;
    const batch = async () => {
      batches += 1;
      const updates = IDS.map((productId) => update(productId, `batch-${batches}`));
      const answer = await api.post("/v1/inventory/updates", { storeId: "drill", updates });
      if (answer.body.summary?.applied !== PRODUCTS) find([`batch: ${refused(answer)}`]);
    };

    const playRound = async (round) => {
      let singlesMs = 0;
      const batchesMs = [];
      const size = PRODUCTS / PARTS;
      for (let start = 0; start < PRODUCTS; start += size) {
        singlesMs += await timed(single(IDS.slice(start, start + size), round));
        batchesMs.push(await timed(batch));
      }
      return { singlesMs, batchesMs };
    };

    // The first round only warms both.
    await playRound(0);
    const singleMs = [];
    const batchMs = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const { singlesMs, batchesMs } = await playRound(round);
      singleMs.push(singlesMs);
      batchMs.push(...batchesMs);
    }
    const ratio = median(batchMs) / median(singleMs);
    const shown = (numbers) =>
      `${median(numbers).toFixed(0)} ms (${numbers.map((ms) => ms.toFixed(0)).join(", ")})`;
    say(`one by one: ${shown(singleMs)}`);
    say(`in one request: ${shown(batchMs)}`);
    say(`${(ratio * 100).toFixed(1)} % of the time, medians of ${singleMs.length} and ${batchMs.length}`);
    expect(ratio < LIMIT, `a batch takes ${ratio.toFixed(2)} of the time of single calls`);

    const left = STOCK - (ROUNDS + 1) - batches;
    await inParallel(IDS, CONNECTIONS, async (productId) => {
      const { body } = await api.get(`/v1/inventory/${productId}`);
      expect(body.onHand === left, `${productId} has ${body.onHand} on hand, not ${left}`);
    });

    const operations = IDS.flatMap((productId) =>
      [1, 2, 3, 4, 5].map((delta) => ({
        op: "adjust",
        productId,
        delta,
        type: "receipt",
        reason: "drill",
      })),
    );
    for (const onError of ["continue", "rejectAll", "stop"]) {
      let answer;
      const ms = await timed(async () => {
        answer = await api.post("/v1/inventory/bulk", { operations, onError });
      });
      expect(answer.body.summary?.applied === operations.length, `bulk, ${onError}: ${refused(answer)}`);
      say(`bulk of ${operations.length}, ${onError}: ${ms.toFixed(0)} ms`);
    }
  },
});
