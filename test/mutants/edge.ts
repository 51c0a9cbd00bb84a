/** What is shown to whom, and how the book and its followers are served. When code moves, `file` and `search` move along (npm run test:mutants). */
import { acceptance, type Mutant } from "./mutant.ts";

export const edgeMutants: readonly Mutant[] = [
  {
    name: "shows shops how far below zero a location is",
    file: "src/domain/views.ts",
    search: "clamped && value < 0 ? 0 : value",
    replace: "value",
    tests: acceptance("reserve"),
  },
  {
    name: "treats a storefront's key as staff's",
    file: "src/http/request/auth.ts",
    search: '!may("stock:write")',
    replace: "false",
    tests: acceptance("reserve", "access"),
  },
  {
    name: "opens every reservation to a storefront's key",
    file: "src/http/request/auth.ts",
    search: '!may("reservations:read")',
    replace: "false",
    tests: acceptance("ownership"),
  },
  {
    name: "checks no scope",
    file: "src/http/request/auth.ts",
    search: "if (wanted.some((scope) => scopes.has(scope))) return;",
    replace: "return;",
    tests: acceptance("access"),
  },
  {
    name: "says not modified to whoever has another version",
    file: "src/http/request/preconditions.ts",
    search: "=== String(version)",
    replace: "!== undefined",
    tests: ["test/http/request/preconditions.test.ts"],
  },
  {
    name: "skips a row between two pages",
    file: "src/d1/page.ts",
    search: "? shown.at(-1)",
    replace: "? rows.at(-1)",
    tests: ["test/d1/page.test.ts", "test/d1/product-list.test.ts"],
  },
  {
    name: "skips an event for followers of the log",
    file: "src/d1/book-ends.ts",
    search: "const first = sql`max(${offset}, ${oldestOffset})`;",
    replace: "const first = sql`max(${offset + 1}, ${oldestOffset})`;",
    tests: acceptance("live-book"),
  },
  {
    name: "skips an event for a webhook",
    file: "src/objects/webhook/dispatcher.ts",
    search: "nextOffset: offset + 1",
    replace: "nextOffset: offset + 2",
    tests: ["test/objects/webhook/dispatcher.test.ts"],
  },
  {
    name: "writes older numbers over newer ones in the book",
    file: "src/d1/projection.ts",
    search: " AND s.value ->> 'version' > products.version",
    replace: "",
    tests: ["test/objects/ledger/ledger.test.ts"],
  },
  {
    name: "writes an older reservation over a newer one in the book",
    file: "src/d1/projection.ts",
    search: "WHERE excluded.version > reservations.version",
    replace: "",
    tests: ["test/d1/resent-reservations.test.ts"],
  },
];
