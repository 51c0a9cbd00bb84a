import "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** How much a test has tried, for the table of `npm run test:soak`. */
    tried?: number;
  }
}
