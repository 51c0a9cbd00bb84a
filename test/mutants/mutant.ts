/** A law of the service, broken in one place, and the tests that must notice. */
export interface Mutant {
  /** What the service would do wrong. */
  name: string;
  file: string;
  /** Stands exactly once in `file`. */
  search: string;
  replace: string;
  /** Files or folders of tests, of which one test must fail. */
  tests: readonly string[];
}

export const acceptance = (...names: readonly string[]): string[] =>
  names.map((name) => `test/acceptance/${name}.test.ts`);
