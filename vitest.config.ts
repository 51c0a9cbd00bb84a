/**
 * Pure tests run in Node, all others inside workerd, with the bindings of wrangler.toml. Each of three workerd runs one file
 * after the other; what a file finds is empty storage and modules that nothing has happened to (see test/setup/book.ts), so
 * none knows of another.
 */
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { useMemoryFor } from "./scripts/memory-directory.ts";
import "./scripts/public-files.ts";

const shop = "catalog:read stock:read reservations:write";
const scopes = [
  "catalog:read",
  "stock:read",
  "reservations:write",
  "reservations:read",
  "stock:write",
  "events:read",
];
const keys = {
  // Staff, two storefronts that know nothing of each other, a key for each scope, and one for both of reservations.
  API_KEYS: [
    "demo",
    `shop=${shop}`,
    `other-shop=${shop}`,
    ...scopes.map((scope) => `only-${scope}=${scope}`),
    "care=reservations:read reservations:write",
  ].join(","),
  ADMIN_API_KEYS: "admin-demo,only-admin=admin",
  KEY_ID_SECRET: "test",
};
// Required secrets that are found nowhere else make every file print a warning.
Object.assign(process.env, keys);

/** They take 100 MB. */
useMemoryFor(512 * 1024 * 1024);

const worker = cloudflareTest(async () => ({
  wrangler: { configPath: "./wrangler.toml" },
  // Off: errors that cross an RPC and are caught there would be printed as uncaught.
  verbose: false,
  miniflare: {
    bindings: {
      ...keys,
      ENVIRONMENT: "development",
      EVENT_ARCHIVE: "false",
      // Names that lead nowhere: what a test does not answer itself, nobody does.
      COINGECKO_URL: "https://coingecko.invalid/api/v3",
      REBRICKABLE_URL: "https://rebrickable.invalid/api/v3",
      REBRICKABLE_API_KEY: "brick-key",
      LOG_LEVEL: "warn",
      METRICS_KEY: "metrics-demo",
      MODEL_RUNS: process.env["MODEL_RUNS"] ?? "250",
      FAULT_RUNS: process.env["FAULT_RUNS"] ?? "20",
      FUZZ_RUNS: process.env["FUZZ_RUNS"] ?? "500",
      FUZZ_SEED: process.env["FUZZ_SEED"] ?? "1",
      BOOK_MIGRATIONS: await readD1Migrations("migrations"),
    },
  },
}));

/** What imports nothing of the platform: plain functions, and scripts that Node runs. */
const PURE = [
  "test/console/**/*.test.ts",
  "test/domain/**/*.test.ts",
  "test/linearizability/**/*.test.ts",
  "test/search/words.test.ts",
  "test/client/{live,request}.test.ts",
  "test/scripts/**/*.test.ts",
  "test/dependencies.test.ts",
];

export default defineConfig({
  test: {
    // What passing tests provoke and the Worker logs is not worth reading.
    silent: "passed-only",
    // What an object logs while its file ends cannot be handed over any more. A lost line is no failure; anything else is.
    onUnhandledError: ({ name, message }) =>
      !(name === "EnvironmentTeardownError" && message.includes('"onUserConsoleLog" was pending')),
    // On two cores: tests wait more than they work.
    maxWorkers: 3,
    projects: [
      { test: { name: "node", include: PURE, isolate: false, sequence: { groupOrder: 0 } } },
      {
        plugins: [worker],
        test: {
          name: "workerd",
          include: ["test/**/*.test.ts"],
          exclude: PURE,
          setupFiles: ["test/setup/book.ts"],
          // Starting a workerd for each file would take longer than most of them run.
          isolate: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
    coverage: {
      provider: "istanbul",
      include: ["src/**/*.ts", "src/**/*.tsx"],
      // Drawn in a browser, and tested there: test/e2e.
      exclude: ["src/console/**"],
      reporter: ["text-summary", "html", "json-summary"],
      reportOnFailure: true,
      thresholds: {
        lines: 85,
        branches: 85,
        "src/domain/**": { lines: 95, branches: 95 },
        "src/objects/**": { lines: 95, branches: 95 },
      },
    },
  },
});
