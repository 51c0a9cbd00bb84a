/** Waiting that ends at once when it is given up. */

/** `work` within so many milliseconds, with a signal that ends it. Rejects with the reason of `signal` when that aborts. */
export function within<T>(
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const scope = new AbortController();
    const end = (reason: unknown) => {
      reject(reason);
      scope.abort(reason);
    };
    const onAbort = () => end(signal?.reason);
    const timer = setTimeout(() => end(new Error(`nothing came within ${ms} ms`)), ms);
    signal?.addEventListener("abort", onAbort);
    const clear = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    work(scope.signal).then(resolve, reject).finally(clear);
  });
}

/** Resolves when the time is over; rejects with the reason of `signal`. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort);
  });
}
