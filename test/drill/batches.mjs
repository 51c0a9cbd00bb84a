/** A batch is worth sending: a hundred updates in one request against the same hundred, one after the other. */
import { runDrill } from "./drill.mjs";
import { inParallel } from "./parallel.mjs";

const PRODUCTS = 100;
const STOCK = 1000;
const ROUNDS = 5;
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

    const single = (round) => async () => {
      for (const productId of IDS) {
        const body = { storeId: "drill", ...update(productId, `single-${round}`) };
        const answer = await api.post("/v1/inventory/updates", body);
        if (answer.status !== 200) find([`single, ${productId}: ${refused(answer)}`]);
      }
    };
    const batch = (round) => async () => {
      const updates = IDS.map((productId) => update(productId, `batch-${round}`));
      const answer = await api.post("/v1/inventory/updates", { storeId: "drill", updates });
      if (answer.body.summary?.applied !== PRODUCTS) find([`batch: ${refused(answer)}`]);
    };

    // The first round only warms both.
    await timed(single(0));
    await timed(batch(0));
    const singleMs = [];
    const batchMs = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      singleMs.push(await timed(single(round)));
      batchMs.push(await timed(batch(round)));
    }
    const ratio = median(batchMs) / median(singleMs);
    const shown = (numbers) =>
      `${median(numbers).toFixed(0)} ms (${numbers.map((ms) => ms.toFixed(0)).join(", ")})`;
    say(`one by one: ${shown(singleMs)}`);
    say(`in one request: ${shown(batchMs)}`);
    say(`${(ratio * 100).toFixed(1)} % of the time, medians of ${ROUNDS} rounds`);
    expect(ratio < LIMIT, `a batch takes ${ratio.toFixed(2)} of the time of single calls`);

    const left = STOCK - 2 * (ROUNDS + 1);
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
