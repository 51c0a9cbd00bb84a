/**
 * The thread that makes load: takes a plan, keeps the connections busy for its time, answers with what it
 * saw.
 */
import { parentPort } from "node:worker_threads";
import { keepAsking } from "./load-connection.mjs";
import { makers } from "./requests.mjs";
import { quantile } from "./statistics.mjs";

if (!parentPort) throw new Error("load-thread.mjs runs as a worker thread");
const port = parentPort;

port.on("message", async (plan) => {
  try {
    port.postMessage({ outcome: await drive(plan) });
  } catch (error) {
    port.postMessage({ error: error instanceof Error ? error.stack : String(error) });
  }
});

/** @param {import("./load.mjs").Plan} plan @returns {Promise<import("./load.mjs").Outcome>} */
async function drive(plan) {
  const make = makers[plan.maker]?.(plan.options);
  if (!make) throw new Error(`no request maker ${plan.maker}`);
  const latencies = [];
  const unexpected = new Map();
  let sample = "";
  let sent = plan.firstIndex;
  const startedAt = performance.now();
  const endsAt = startedAt + plan.milliseconds;
  const next = () => (performance.now() < endsAt && sent < plan.endIndex ? make(sent++) : undefined);
  const record = (status, milliseconds, body) => {
    if (status === plan.expect) {
      latencies.push(milliseconds);
      return;
    }
    unexpected.set(status, (unexpected.get(status) ?? 0) + 1);
    sample ||= body();
  };
  const connections = Array.from({ length: plan.connections }, () => keepAsking(plan.address, next, record));
  await Promise.all(connections);
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    answered: latencies.length,
    unexpected: Object.fromEntries(unexpected),
    sample: sample.slice(0, 500),
    seconds,
    nextIndex: sent,
    p50Ms: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
    p99Ms: quantile(latencies, 0.99),
  };
}
