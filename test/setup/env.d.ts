/** What vitest.config.ts binds beside the Worker's own bindings. */
declare namespace Cloudflare {
  interface Env {
    /** How many histories the model test runs. */
    MODEL_RUNS: string;
    /** How many of those in which everything around the products fails. */
    FAULT_RUNS: string;
    /** How many requests the fuzzer sends, and which. */
    FUZZ_RUNS: string;
    FUZZ_SEED: string;
    BOOK_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}

/** Vitest's own, as it is found inside workerd. */
// oxlint-disable-next-line no-underscore-dangle -- the name is not ours
declare const __vitest_mocker__: {
  moduleRunner: {
    import(id: string): Promise<unknown>;
    evaluatedModules: {
      idToModuleMap: Map<
        string,
        { promise: unknown; exports: unknown; evaluated: boolean; importers: Set<string> }
      >;
    };
  };
};
