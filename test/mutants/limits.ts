/** Who is limited, and whether it is told the truth; whether answers are what the OpenAPI document says. When code moves, `file` and `search` move along (npm run test:mutants). */
import { acceptance, type Mutant } from "./mutant.ts";

const tests = ["test/http/request/rate-limit.test.ts"];

export const limitMutants: readonly Mutant[] = [
  {
    name: "lets one request too many pass the rate limit",
    file: "src/http/request/rate-windows.ts",
    search: "allowed >= policy.quota",
    replace: "allowed > policy.quota",
    tests,
  },
  {
    name: "believes the address that a caller says",
    file: "src/http/request/client-address.ts",
    search: 'headers.get("CF-Connecting-IP")',
    replace: 'headers.get("X-Forwarded-For") ?? headers.get("CF-Connecting-IP")',
    tests,
  },
  {
    name: "takes every IPv6 address for a client of its own",
    file: "src/http/request/client-address.ts",
    search: "parsed.parts.slice(0, 4), 0, 0, 0, 0",
    replace: "parsed.parts",
    tests,
  },
  {
    name: "takes from all what it refuses one",
    file: "src/http/request/rate-windows.ts",
    search: "full.refused += 1;",
    replace: "for (const window of windows) window.allowed += 1;",
    tests,
  },
  {
    name: "counts administration with the rest",
    file: "src/http/request/rate-limit.ts",
    search: "if (isAdmin) return",
    replace: 'if (type === "ip" && isAdmin) return',
    tests,
  },
  {
    name: "forgets what the other isolates of the place have let through",
    file: "src/http/request/rate-windows.ts",
    search: "window.isSpent = true",
    replace: "window.sharesTaken = shares",
    tests,
  },
  {
    name: "says that one may come again before one may",
    file: "src/http/request/rate-limit-fields.ts",
    search: "Math.ceil((endsMs",
    replace: "Math.floor((endsMs",
    tests,
  },
  {
    name: "never begins a new minute",
    file: "src/http/request/rate-windows.ts",
    search: "this.#windowByKey.clear();",
    replace: "",
    tests,
  },
  {
    name: "tells the limiter of the same twentieth again",
    file: "src/http/request/rate-windows.ts",
    search: "const due = used - window.sharesTaken;",
    replace: "const due = used;",
    tests,
  },
  {
    name: "answers with a field that the OpenAPI document does not have",
    file: "src/http/admin/rate-limit.ts",
    search: "...config.rateLimit, currentClients",
    replace: "...config.rateLimit, isShared: false, currentClients",
    tests: acceptance("fuzz"),
  },
  {
    name: "forgets on the last page of a list how fresh it is",
    file: "src/http/answers.ts",
    search: "if (bookOffset !== undefined)",
    replace: "if (bookOffset !== undefined && nextCursor !== null)",
    tests: acceptance("fuzz"),
  },
];
