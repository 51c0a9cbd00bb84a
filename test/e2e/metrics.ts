/**
 * What is measured is what was done: 2,000 requests, counted by the service, read by this test, by Prometheus itself where it is
 * on this machine, and by a receiver of OTLP; business counters against the log: npx node test/e2e/metrics.ts
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import pMap from "p-map";
import { z } from "zod";
import { promtool } from "../../scripts/check-monitoring.ts";
import { parseExposition, sumOf, type Family } from "../telemetry/exposition.ts";
import { readOtlp } from "../telemetry/otlp-reader.ts";
import { createProducts, numbered } from "./products.ts";
import { scrapedByPrometheus } from "./prometheus.ts";
import { runTest, type Test } from "./run-test.ts";

const REQUESTS = 2000;
const CONCURRENCY = 32;
const PRODUCTS = numbered("METRIC", 20);
/** Half of the products are held, more often than they have units: some are refused. */
const STOCK = 24;
const METRICS_KEY = "metrics-demo";
const COUNTED_WITHIN_MS = 30_000;
const IP = "127.0.0.1";

const eventPage = z.object({
  events: z.array(
    z.object({
      offset: z.number(),
      type: z.string(),
      data: z.looseObject({ quantity: z.number().optional() }),
    }),
  ),
  nextOffset: z.number(),
  hasMore: z.boolean(),
});

/** What a receiver of OTLP was sent. */
const exports: string[] = [];
const receiver: Server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    if (request.url === "/v1/metrics") exports.push(Buffer.concat(chunks).toString());
    response.setHeader("Content-Type", "application/json").end("{}");
  });
}).listen(0, IP);
await once(receiver, "listening");
const address = receiver.address();
const receiverPort = typeof address === "object" && address ? address.port : 0;

await runTest({
  title: `metrics: ${REQUESTS} requests, counted by route and status, and by Prometheus and OTLP alike`,
  limitSeconds: 300,
  vars: { OTLP_ENDPOINT: `http://${IP}:${receiverPort}` },
  run: async (test) => {
    await createProducts(test.api, PRODUCTS, STOCK);
    const before = await settled(test, 0);
    const done = await load(test);
    const families = await settled(test, total(before) + REQUESTS);
    compare(test, { before, after: families, done });
    await compareWithLog(test);
    checkByPromtool(test, await metricsText(test));
    await compareExport(test);
    await askPrometheus(test);
  },
});

async function metricsText({ server }: Test): Promise<string> {
  const answer = await fetch(`${server.url}/metrics`, { headers: { "X-API-Key": METRICS_KEY } });
  if (!answer.ok) throw new Error(`/metrics answered ${answer.status}`);
  return answer.text();
}

async function scrape(test: Test): Promise<Map<string, Family>> {
  return parseExposition(await metricsText(test), "prometheus");
}

/** Scraping itself aside. */
function total(families: Map<string, Family>): number {
  const name = "holdfast_http_requests_total";
  return ["/metrics", "/health"].reduce(
    (sum, route) => sum - sumOf(families, name, { route }),
    sumOf(families, name),
  );
}

/** Flushes come within some seconds: once so many are counted, and no more come. */
async function settled(test: Test, least: number): Promise<Map<string, Family>> {
  const until = Date.now() + COUNTED_WITHIN_MS;
  for (let last = await scrape(test); ;) {
    await sleep(4000, undefined, { signal: test.signal });
    const next = await scrape(test);
    if (total(next) >= least && total(next) === total(last)) return next;
    if (Date.now() > until) throw new Error(`${total(next)} requests are counted, not ${least}`);
    last = next;
  }
}

type Done = Map<string, number>;

async function load({ server, say }: Test): Promise<Done> {
  const done: Done = new Map();
  const body = (value: object) => ({ method: "POST", body: JSON.stringify(value) });
  const kinds: readonly [
    route: string,
    ask: (id: string, nth: number) => [path: string, init?: RequestInit],
  ][] = [
    ["/v1/inventory/{productId}", (id) => [`/v1/inventory/${id}`]],
    ["/v1/inventory/{productId}/reserve", (id) => [`/v1/inventory/${id}/reserve`, body({ quantity: 1 })]],
    [
      "/v1/inventory/{productId}/reserve",
      (id) => [`/v1/inventory/${id}/reserve`, body({ quantity: "many" })],
    ],
    ["/v1/products/{productId}", (id) => [`/v1/products/${id}`]],
    ["/v1/inventory/{productId}", (_, nth) => [`/v1/inventory/none-${nth}`]],
    ["(none)", (_, nth) => [`/no/such/${nth}`]],
  ];
  const startedAt = Date.now();
  const headers = { "X-API-Key": server.keys.storefront, "Content-Type": "application/json" };
  await pMap(
    Array.from({ length: REQUESTS }, (_, nth) => nth),
    async (nth) => {
      const [route, ask] = kinds[nth % kinds.length] ?? expectNever();
      const [path, init = {}] = ask(PRODUCTS[nth % PRODUCTS.length] ?? "", nth);
      const answer = await fetch(server.url + path, { headers, ...init });
      await answer.arrayBuffer();
      const key = JSON.stringify([init.method ?? "GET", route, String(answer.status)]);
      done.set(key, (done.get(key) ?? 0) + 1);
    },
    { concurrency: CONCURRENCY },
  );
  say(
    `${REQUESTS} requests in ${((Date.now() - startedAt) / 1000).toFixed(1)} s, of ${done.size} routes and statuses`,
  );
  return done;
}

function expectNever(): never {
  throw new Error("a list has no such element");
}

function labelsOf(key: string): Record<string, string> {
  const [method = "", route = "", status = ""] = z.array(z.string()).parse(JSON.parse(key));
  return { method, route, status };
}

function compare(
  { say, expect }: Test,
  { before, after, done }: { before: Map<string, Family>; after: Map<string, Family>; done: Done },
): void {
  for (const [key, times] of done) {
    for (const name of ["holdfast_http_requests_total", "holdfast_http_request_duration_seconds_count"]) {
      const counted = sumOf(after, name, labelsOf(key)) - sumOf(before, name, labelsOf(key));
      expect(counted === times, `${name} of ${key}: ${counted}, not ${times}`);
    }
  }
  expect(total(after) - total(before) === REQUESTS, `${total(after) - total(before)} are counted`);
  say(`each of ${done.size} routes and statuses is counted as it was answered`);
}

async function compareWithLog(test: Test): Promise<void> {
  const { api, say, expect } = test;
  const typed = new Map<string, number>();
  let held = 0;
  for (let offset = 0, more = true; more;) {
    const page = await api.read(eventPage, `GET /v1/inventory/events?offset=${offset}&limit=1000`);
    for (const { type, data } of page.events) {
      typed.set(type, (typed.get(type) ?? 0) + 1);
      if (type === "reservation.held") held += data.quantity ?? 0;
    }
    [offset, more] = [page.nextOffset, page.hasMore];
  }
  const families = await scrape(test);
  for (const [type, events] of typed) {
    const counted = sumOf(families, "holdfast_events_total", { type });
    expect(counted === events, `${type}: ${counted} counted, ${events} in the log`);
  }
  const units = sumOf(families, "holdfast_reservation_units_total", { outcome: "held" });
  expect(units === held, `${units} units held are counted, ${held} are in the log`);
  say(
    `the log has ${[...typed.values()].reduce((sum, one) => sum + one, 0)} events, ${held} units held; so has /metrics`,
  );
}

function checkByPromtool({ say, expect }: Test, text: string): void {
  const verdict = promtool(["check", "metrics"], text);
  if (!verdict) return say("promtool is not on this machine (Debian: prometheus): not asked");
  expect(verdict.ok && verdict.text === "", `promtool check metrics: ${verdict.text}`);
  say(`promtool check metrics: ${verdict.ok ? "passed" : "failed"}, ${text.split("\n").length} lines`);
}

/** What cron does; the numbers between two scrapes are those that were sent. */
async function compareExport(test: Test): Promise<void> {
  const { server, say, expect } = test;
  exports.length = 0;
  const before = await scrape(test);
  const ran = await fetch(`${server.url}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*`);
  if (!ran.ok) throw new Error(`cron answered ${ran.status}`);
  for (let tries = 0; exports.length === 0 && tries < 100; tries += 1)
    await sleep(100, undefined, { signal: test.signal });
  const after = await scrape(test);
  const points = readOtlp(exports[0] ?? "");
  for (const { name, type } of before.values()) {
    const shown = type === "histogram" ? `${name}_count` : name;
    const received = points.filter((point) => point.name === name).reduce((sum, { value }) => sum + value, 0);
    const [least, most] = [sumOf(before, shown), sumOf(after, shown)];
    // Gauges are measured by the same run.
    const fits = type === "gauge" || (received >= least && received <= most);
    expect(fits, `${name}: ${received} sent by OTLP, ${least} to ${most} scraped`);
  }
  say(`OTLP: ${points.length} points received, the same numbers`);
}

async function askPrometheus(test: Test): Promise<void> {
  const { server, say, expect, signal } = test;
  const own = total(await settled(test, 0));
  const query =
    'sum(holdfast_http_requests_total) - sum(holdfast_http_requests_total{route=~"/metrics|/health"})';
  const value = await scrapedByPrometheus({ url: server.url, key: METRICS_KEY, query, signal });
  if (value === "not installed") return say("prometheus is not on this machine: not asked to scrape");
  expect(value === own, `Prometheus has ${value} requests, /metrics ${own}`);
  say(`Prometheus has scraped it: ${value} requests`);
}
