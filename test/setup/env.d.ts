/** What vitest.config.ts binds beside the Worker's own bindings. */
declare namespace Cloudflare {
  interface Env {
    /** How many histories the model test runs. */
    MODEL_RUNS: string;
    BOOK_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}
