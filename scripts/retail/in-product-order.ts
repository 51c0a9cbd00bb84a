/**
 * Runs steps side by side, but those of one product one after the other, in the order they are given. Pure.
 */
import pLimit from "p-limit";

interface Work<Step> {
  /** At most so many at a time. */
  limit: number;
  productsOf: (step: Step) => string[];
  work: (step: Step) => Promise<void>;
}

/** The first failure ends it: nothing more is begun, what is under way is waited for, and it is thrown. */
export async function runInProductOrder<Step>(
  steps: Step[],
  { limit, productsOf, work }: Work<Step>,
): Promise<void> {
  const limited = pLimit(limit);
  const failed = new AbortController();
  const lastByProduct = new Map<string, Promise<void>>();
  const runs = steps.map((step) => {
    const productIds = productsOf(step);
    const before = productIds.map((id) => lastByProduct.get(id));
    const run = Promise.all(before).then(() =>
      limited(async () => {
        if (!failed.signal.aborted) await work(step).catch((error: unknown) => failed.abort(error));
      }),
    );
    for (const id of productIds) lastByProduct.set(id, run);
    return run;
  });
  await Promise.all(runs);
  failed.signal.throwIfAborted();
}
