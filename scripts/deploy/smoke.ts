/** Whether what was deployed answers. A new address takes up to minutes until it leads anywhere. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { errorText } from "../command.ts";
import { Trouble } from "./trouble.ts";

const ATTEMPT_TIMEOUT_MS = 10_000;
const RETRY_MS = 2000;

const health = z.looseObject({
  status: z.string(),
  book: z.string().optional(),
  code: z.string().optional(),
});
const part = z.looseObject({ status: z.string(), detail: z.string().optional() });
const detailed = z.object({
  status: z.string(),
  parts: z.looseObject({ book: part, search: part, catalogCache: part, objects: part }),
});

interface Smoke {
  url: string;
  /** undefined: the parts are not asked. */
  key: string | undefined;
  patienceMs: number;
  signal: AbortSignal;
}

/** Answers what it found, in words. */
export async function smokeTest(smoke: Smoke): Promise<string> {
  const deadline = performance.now() + smoke.patienceMs;
  for (;;) {
    const trouble = await look(smoke);
    if (trouble === undefined) break;
    if (performance.now() > deadline)
      throw new Trouble(
        `It is deployed, but ${smoke.url}/health ${trouble}.`,
        "npm run wrangler -- tail shows what it logs; a new address may need some minutes. Running this again tries again.",
      );
    await sleep(RETRY_MS, undefined, { signal: smoke.signal });
  }
  if (smoke.key === undefined) return "healthy (with ADMIN_KEY in the environment, each part is asked too)";
  return lookAtParts(smoke, smoke.key);
}

/** What is wrong; undefined: nothing. */
async function look({ url, signal }: Smoke): Promise<string | undefined> {
  try {
    const { status, body } = await get(`${url}/health`, signal);
    const { data } = health.safeParse(body);
    if (status === 200 && data?.status === "healthy") return undefined;
    return `answers ${status} ${data?.code ?? data?.book ?? data?.status ?? "in a way that is not its own"}`;
  } catch (error) {
    signal.throwIfAborted();
    return `does not answer (${errorText(error)})`;
  }
}

async function lookAtParts({ url, signal }: Smoke, key: string): Promise<string> {
  const { status, body } = await get(`${url}/health/detailed`, signal, { "X-API-Key": key });
  const { data } = detailed.safeParse(body);
  if (status === 401)
    throw new Trouble("It is healthy, but does not know the key in ADMIN_KEY.", "Check ADMIN_KEY.");
  if (!data)
    throw new Trouble(`It is healthy, but ${url}/health/detailed answers ${status}.`, "Run it again.");
  const { book, search, catalogCache, objects } = data.parts;
  const ailing = Object.entries({ book, search, catalogCache, objects })
    .filter(([, found]) => found.status !== "healthy")
    .map(([name, found]) => `${name}: ${found.detail ?? found.status}`);
  if (ailing.length > 0)
    throw new Trouble(
      `It is deployed, but not every part is healthy. ${ailing.join("; ")}.`,
      "See docs/operating.md.",
    );
  return "healthy: the book, the search, the cache and the objects answer";
}

async function get(url: string, signal: AbortSignal, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    headers,
    signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)]),
  });
  return { status: response.status, body: (await response.json().catch(() => undefined)) as unknown };
}
