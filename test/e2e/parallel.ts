/**
 * Calls `work` for every item, at most `limit` at a time. The first failure ends it.
 * @template T @param {Iterable<T>} items @param {number} limit @param {(item: T) => Promise<void>} work
 */
export async function inParallel(items, limit, work) {
  const queue = Iterator.from(items);
  const worker = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}
