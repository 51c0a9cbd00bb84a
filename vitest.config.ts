/** Tests run inside workerd, with the bindings of wrangler.toml and storage of their own for every file. */
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

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

const worker = cloudflareTest(async () => ({
  wrangler: { configPath: "./wrangler.toml" },
  // Off: errors that cross an RPC and are caught there would be printed as uncaught.
  verbose: false,
  miniflare: {
    bindings: {
      ...keys,
      ENVIRONMENT: "development",
      MODEL_RUNS: process.env["MODEL_RUNS"] ?? "250",
      BOOK_MIGRATIONS: await readD1Migrations("migrations"),
    },
  },
}));

export default defineConfig({
  plugins: [worker],
  test: {
    include: ["test/**/*.test.ts"],
    // They need a server and minutes, and run on Node.
    exclude: ["test/e2e/**"],
    setupFiles: ["test/setup/book.ts"],
    // What passing tests provoke and the Worker logs is not worth reading.
    silent: "passed-only",
    // Tests wait more than they work: two files at a time take little more than half as long.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    coverage: {
      provider: "istanbul",
      include: ["src/**"],
      reporter: ["text-summary", "html", "json-summary"],
      thresholds: {
        lines: 85,
        branches: 85,
        "src/domain/**": { lines: 95, branches: 95 },
        "src/objects/**": { lines: 95, branches: 95 },
      },
    },
  },
});
