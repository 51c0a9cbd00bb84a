/** Clients that ask one thing after the other. */

export interface Connections {
  /** Ends when what is under way has ended. Answers how long it went on, in seconds. */
  stop: () => Promise<number>;
}

/** Each goes on until it is stopped or a step answers false. */
export function startConnections(count: number, step: (nth: number) => Promise<unknown>): Connections {
  const startedAt = performance.now();
  const stopping = new AbortController();
  const connection = async (_: unknown, nth: number) => {
    let goesOn: unknown = true;
    while (goesOn !== false && !stopping.signal.aborted) goesOn = await step(nth);
  };
  const running = Promise.all(Array.from({ length: count }, connection));
  // What failed is thrown where it is stopped.
  running.catch(() => {});
  return {
    stop: async () => {
      stopping.abort();
      const seconds = (performance.now() - startedAt) / 1000;
      await running;
      return seconds;
    },
  };
}
