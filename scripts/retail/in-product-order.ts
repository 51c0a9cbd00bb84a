/** Runs steps side by side, but those of one product one after the other, in the order they are given. Pure. */

/**
 * The first failure ends it: nothing more is begun, what is under way is waited for, and it is thrown.
 * @template S
 * @param {S[]} steps
 * @param {{ limit: number, productsOf(step: S): string[], work(step: S): Promise<void> }} how
 *   at most `limit` at a time
 * @returns {Promise<void>}
 */
export function runInTurns(steps, { limit, productsOf, work }) {
  const { followers, waitsFor } = turns(steps, productsOf);
  const queue = [...waitsFor.keys()].filter((index) => waitsFor[index] === 0);
  const state = { begun: 0, running: 0, failures: [] };
  return new Promise((resolve, reject) => {
    const run = async (index) => {
      try {
        await work(steps[index]);
        for (const follower of followers[index]) if (--waitsFor[follower] === 0) queue.push(follower);
      } catch (error) {
        state.failures.push(error);
      }
      state.running -= 1;
      begin();
    };
    const begin = () => {
      while (state.failures.length === 0 && state.running < limit && state.begun < queue.length) {
        state.running += 1;
        void run(queue[state.begun++]);
      }
      if (state.running > 0) return;
      if (state.failures.length > 0) reject(state.failures[0]);
      else resolve();
    };
    begin();
  });
}

/** Every step waits for the last one before it of each of its products. */
function turns(steps, productsOf) {
  const followers = steps.map(() => []);
  const waitsFor = steps.map(() => 0);
  const lastByProduct = new Map();
  for (const [index, step] of steps.entries()) {
    const productIds = new Set(productsOf(step));
    const before = new Set([...productIds].flatMap((id) => lastByProduct.get(id) ?? []));
    for (const earlier of before) followers[earlier].push(index);
    waitsFor[index] = before.size;
    for (const productId of productIds) lastByProduct.set(productId, index);
  }
  return { followers, waitsFor };
}
