/** What callers of the client rely on. When code moves, `file` and `search` move along. */
import type { Mutant } from "./mutant.ts";

const CALLS = ["test/client/request.test.ts"];
const LISTENERS = ["test/client/live.test.ts"];

export const clientMutants: readonly Mutant[] = [
  {
    name: "client: sends a change again under another key",
    file: "src/client/request.ts",
    search: "      const apiKey = await key();\n",
    replace: '      const apiKey = await key();\n      headers["Idempotency-Key"] += String(attempt);\n',
    tests: CALLS,
  },
  {
    name: "client: takes a torn answer for one",
    file: "src/client/request.ts",
    search: "response.status === 204 ? undefined : JSON.parse(await response.text())",
    replace: "await response.json().catch(() => undefined)",
    tests: CALLS,
  },
  {
    name: "client: sends a refused change again",
    file: "src/client/request.ts",
    search: "RETRIED.has(status) && retryAfterMs",
    replace: "retryAfterMs",
    tests: CALLS,
  },
  {
    name: "client: waits as long as anybody says",
    file: "src/client/request.ts",
    search: "retryAfterMs <= MAX_RETRY_AFTER_MS ? retryAfterMs : undefined",
    replace: "retryAfterMs >= 0 ? retryAfterMs : undefined",
    tests: CALLS,
  },
  {
    name: "client: ends a list at an empty page",
    file: "src/client/paging.ts",
    search: "page.nextCursor !== null",
    replace: "page.nextCursor !== null && page.items.length > 0",
    tests: CALLS,
  },
  {
    name: "client: lets a version fall",
    file: "src/client/watch.ts",
    search: "      if (version <= (this.#versions.get(productId) ?? Infinity)) return;\n",
    replace: "",
    tests: LISTENERS,
  },
  {
    name: "client: comes back without saying what it has",
    file: "src/client/watch.ts",
    search: "path.length + since.length > MAX_URL_CHARS ? path : path + since",
    replace: "path",
    tests: LISTENERS,
  },
  {
    name: "client: gives an event twice after a break",
    file: "src/client/follow.ts",
    search: 'message.type !== "event" || message.offset < next',
    replace: 'message.type !== "event"',
    tests: LISTENERS,
  },
  {
    name: "client: comes back at an event that others wanted",
    file: "src/client/follow.ts",
    search: "      next = message.offset + 1;\n      if (!isWanted(message.event)) return;\n",
    replace: "      if (!isWanted(message.event)) return;\n      next = message.offset + 1;\n",
    tests: LISTENERS,
  },
  {
    name: "client: holds any number of events",
    file: "src/client/follow.ts",
    search: "      if (held.length >= MAX_HELD) close();\n",
    replace: "",
    tests: LISTENERS,
  },
  {
    name: "client: leaves its connection open behind the loop",
    file: "src/client/watch.ts",
    search: "      for (const line of this.#lines) this.#close(line);\n",
    replace: "",
    tests: LISTENERS,
  },
];
