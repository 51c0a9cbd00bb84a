import { describe, expect, it } from "vitest";
import { ExactFirstRouter } from "../../src/http/exact-first-router";

function found(method: string, path: string): { handlers: string[]; id: string | undefined } {
  const router = new ExactFirstRouter<string>();
  router.add("GET", "/things/:id", "one");
  router.add("GET", "/things/export", "export");
  router.add("PUT", "/things/:id", "put");
  router.add("GET", "/things/:id/parts/:part", "part");
  router.add("GET", "/things/words/:id", "word");
  router.add("GET", "/docs/*", "docs");
  const [matches, stash] = router.match(method, path);
  const [first] = matches;
  const index = first && "id" in first[1] ? first[1]["id"] : undefined;
  const id = typeof index === "number" ? stash?.[index] : index;
  return { handlers: matches.map(([handler]) => handler), id };
}

describe("a path", () => {
  it.each([
    ["GET", "/things/export", { handlers: ["export"], id: undefined }],
    ["GET", "/things/a-1", { handlers: ["one"], id: "a-1" }],
    ["PUT", "/things/export", { handlers: [], id: undefined }],
    ["PUT", "/things/a-1", { handlers: ["put"], id: "a-1" }],
    ["GET", "/things/a/parts/b", { handlers: ["part"], id: "a" }],
    ["GET", "/things/words/w", { handlers: ["word"], id: "w" }],
    ["GET", "/things/others/w", { handlers: [], id: undefined }],
    ["GET", "/docs/a/b.css", { handlers: ["docs"], id: undefined }],
    ["GET", "/things", { handlers: [], id: undefined }],
    ["DELETE", "/things/export", { handlers: [], id: undefined }],
  ])("%s %s leads to one handler or none, and a word is never an id", (method, path, leads) => {
    expect(found(method, path)).toEqual(leads);
  });

  it("takes no middleware, which would run beside a handler", () => {
    expect(() => new ExactFirstRouter().add("ALL", "*", "middleware")).toThrow(/all methods/);
  });
});
