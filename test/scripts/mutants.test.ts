import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { misfit, MUTANTS } from "../mutants/list.ts";

const PROJECT = dirname(dirname(import.meta.dirname));

describe("the mutants of npm run test:mutants", () => {
  it("fit the code as it is", () => {
    const misfits = MUTANTS.flatMap((mutant) => {
      const why = misfit(PROJECT, mutant);
      return why === undefined ? [] : [`${mutant.name}: ${why}`];
    });
    expect(misfits).toEqual([]);
  });

  it("have a name each", () => {
    const names = MUTANTS.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([]);
  });
});
