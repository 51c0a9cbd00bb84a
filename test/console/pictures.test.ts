/** Pictures take turns, so that none keeps the data of a page waiting. */
import { beforeEach, describe, expect, it, vi } from "vitest";

let pictures: typeof import("../../src/console/pictures.ts");

beforeEach(async () => {
  vi.resetModules();
  pictures = await import("../../src/console/pictures.ts");
});

/** Wants these pictures; says which have begun, and ends one. */
function wanted(...ids: string[]) {
  const begun: string[] = [];
  const endById = new Map(ids.map((id) => [id, pictures.whenItsTurn(id, () => void begun.push(id))]));
  return { begun, end: (id: string, outcome?: "failed") => endById.get(id)?.(outcome) };
}

describe("pictures", () => {
  it("are loaded two at a time, in their order", () => {
    const { begun, end } = wanted("a", "b", "c", "d");
    expect(begun).toEqual(["a", "b"]);
    end("b");
    expect(begun).toEqual(["a", "b", "c"]);
    end("c");
    end("a");
    expect(begun).toEqual(["a", "b", "c", "d"]);
  });

  it("that are no longer wanted give way to the next", () => {
    const { begun, end } = wanted("a", "b", "c", "d");
    end("c");
    expect(begun).toEqual(["a", "b"]);
    end("a");
    expect(begun).toEqual(["a", "b", "d"]);
  });

  it("end once, however often it is said", () => {
    const { begun, end } = wanted("a", "b", "c", "d");
    end("a");
    end("a");
    expect(begun).toEqual(["a", "b", "c"]);
  });

  it("that failed are known", () => {
    const { end } = wanted("a", "b");
    end("a", "failed");
    end("b");
    expect([pictures.hasFailed("a"), pictures.hasFailed("b")]).toEqual([true, false]);
  });
});
