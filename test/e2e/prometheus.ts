/** A Prometheus of its own, which scrapes one Holdfast and is asked one question. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { freePort } from "../../scripts/wrangler.ts";

const IP = "127.0.0.1";
const TRIES = 120;
const BETWEEN_TRIES_MS = 500;

interface Scrape {
  url: string;
  key: string;
  /** In its own language; the answer is a number. */
  query: string;
  signal: AbortSignal;
}

const answer = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

/** undefined: it has never come to a number. */
export async function scrapedByPrometheus({
  url,
  key,
  query,
  signal,
}: Scrape): Promise<number | "not installed" | undefined> {
  if (spawnSync("prometheus", ["--version"]).error) return "not installed";
  using directory = mkdtempDisposableSync(join(tmpdir(), "holdfast-prometheus-"));
  const config = join(directory.path, "prometheus.yml");
  writeFileSync(
    config,
    `global: { scrape_interval: 5s, scrape_timeout: 5s }
scrape_configs:
  - job_name: holdfast
    authorization: { credentials: ${key} }
    static_configs: [{ targets: ["${new URL(url).host}"] }]
`,
  );
  const at = `${IP}:${await freePort(IP)}`;
  const data = `--storage.tsdb.path=${join(directory.path, "data")}`;
  const args = [`--config.file=${config}`, data, `--web.listen-address=${at}`];
  const child = spawn("prometheus", args, { stdio: "ignore" });
  try {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const value = await ask(at, query).catch(() => undefined);
      if (value !== undefined) return value;
      await sleep(BETWEEN_TRIES_MS, undefined, { signal });
    }
    return undefined;
  } finally {
    child.kill();
    await once(child, "exit");
  }
}

/** undefined: there is nothing yet. */
async function ask(at: string, query: string): Promise<number | undefined> {
  const response = await fetch(`http://${at}/api/v1/query?query=${encodeURIComponent(query)}`);
  const [first] = answer.parse(await response.json()).data.result;
  return first && Number(first.value[1]);
}
