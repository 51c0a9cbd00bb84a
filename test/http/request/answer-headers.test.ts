import { describe, expect, it } from "vitest";
import { sealed, shared } from "../../../src/http/request/answer-headers";

describe("an answer", () => {
  it.each([
    { given: {}, caching: "no-store" },
    { given: { ETag: '"1"' }, caching: "private, no-cache" },
    { given: { "Cache-Control": "no-cache" }, caching: "no-cache" },
  ])("with $given goes out with $caching, and its type is not guessed", ({ given, caching }) => {
    const { headers } = sealed(new Response("x", { headers: given }));
    expect(headers.get("Cache-Control")).toBe(caching);
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
  });

  it("of the catalog may be kept, unless its route says otherwise", () => {
    expect(sealed(shared(new Response("x"))).headers.get("Cache-Control")).toBe("no-cache");
    const own = new Response("x", { headers: { "Cache-Control": "no-store" } });
    expect(shared(own).headers.get("Cache-Control")).toBe("no-store");
  });

  it("whose headers cannot be changed is copied, whole", async () => {
    const fixed = Response.redirect("https://holdfast.test/docs", 302);
    expect(() => fixed.headers.set("X-Content-Type-Options", "nosniff")).toThrow(TypeError);
    const copy = sealed(fixed);
    expect(copy.status).toBe(302);
    expect(copy.headers.get("Location")).toBe("https://holdfast.test/docs");
    expect(copy.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(await copy.text()).toBe("");
  });
});
