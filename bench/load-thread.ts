/**
 * The thread that makes load: takes a plan, keeps the connections busy for its time, answers with what it
 * saw.
 */
import { keepAsking } from "./load-connection.ts";
import { plan, type Outcome } from "./load.ts";
import { requestMaker } from "./requests.ts";
import { quantile } from "./statistics.ts";
import { serveThread } from "./thread.ts";

serveThread(async (message): Promise<Outcome> => {
  const { address, connections, milliseconds, firstIndex, requests } = plan.parse(message);
  const make = requestMaker(requests);
  const latencies: number[] = [];
  const unexpected: Record<string, number> = {};
  let sample = "";
  let sent = firstIndex;
  const startedAt = performance.now();
  const endsAt = startedAt + milliseconds;
  const next = () => (performance.now() < endsAt ? make(sent++) : undefined);
  const record = (status: number, latencyMs: number, body: () => string) => {
    if (status === requests.expect) {
      latencies.push(latencyMs);
      return;
    }
    unexpected[status] = (unexpected[status] ?? 0) + 1;
    sample ||= body();
  };
  await Promise.all(Array.from({ length: connections }, () => keepAsking(address, next, record)));
  const seconds = (performance.now() - startedAt) / 1000;
  if (Object.keys(unexpected).length > 0) {
    const counts = JSON.stringify(unexpected);
    throw new Error(`answered ${counts} where ${requests.expect} was due, first: ${sample.slice(0, 500)}`);
  }
  return {
    answered: latencies.length,
    seconds,
    nextIndex: sent,
    p50Ms: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
    p99Ms: quantile(latencies, 0.99),
  };
});
