import { Context } from "hono";
import { describe, expect, it } from "vitest";
import { completeAnswer, sealed, shared } from "../../../src/http/request/answer-headers";
import type { AppEnv } from "../../../src/http/request/request-id";

function context({
  page = false,
  variesBy,
}: { page?: boolean; variesBy?: string | undefined } = {}): Context<AppEnv> {
  const headers: Record<string, string> = page ? { Origin: "https://shop.test" } : {};
  const c = new Context<AppEnv>(new Request("https://holdfast.test/v1/products", { headers }));
  if (variesBy !== undefined) c.set("variesBy", variesBy);
  return c;
}

interface Case {
  given: Record<string, string>;
  page: boolean;
  variesBy: string | undefined;
  caching: string;
  vary: string | null;
}

describe("an answer", () => {
  it.each([
    { given: {}, caching: "no-store" },
    { given: { ETag: '"1"' }, caching: "private, no-cache" },
    { given: { "Cache-Control": "no-cache" }, caching: "no-cache" },
  ])("with $given goes out with $caching, and its type is not guessed", ({ given, caching }) => {
    const { headers } = sealed(context(), new Response("x", { headers: given }));
    expect(headers.get("Cache-Control")).toBe(caching);
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
  });

  it("of the catalog may be kept, unless its route says otherwise", () => {
    expect(sealed(context(), shared(new Response("x"))).headers.get("Cache-Control")).toBe("no-cache");
    const own = new Response("x", { headers: { "Cache-Control": "no-store" } });
    expect(shared(own).headers.get("Cache-Control")).toBe("no-store");
  });

  it("whose headers cannot be changed is copied, whole", async () => {
    const fixed = Response.redirect("https://holdfast.test/docs", 302);
    expect(() => fixed.headers.set("X-Content-Type-Options", "nosniff")).toThrow(TypeError);
    const copy = sealed(context(), fixed);
    expect(copy.status).toBe(302);
    expect(copy.headers.get("Location")).toBe("https://holdfast.test/docs");
    expect(copy.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(await copy.text()).toBe("");
  });

  const whole = { page: false, variesBy: undefined, vary: null };
  const own = { "Cache-Control": "no-cache" };
  it.each<Case>([
    { ...whole, given: {}, caching: "no-store" },
    { ...whole, given: { ETag: '"1"' }, caching: "private, no-cache" },
    { ...whole, given: own, caching: "no-cache", vary: "Origin" },
    { ...whole, given: own, variesBy: "Accept", caching: "no-cache", vary: "Accept, Origin" },
    { ...whole, given: {}, variesBy: "Accept", caching: "no-store", vary: "Accept" },
    { ...whole, given: own, page: true, caching: "no-cache" },
  ])(
    "with $given (page: $page, varies by $variesBy) says the same, made at once or completed",
    ({ given, page, variesBy, caching, vary }) => {
      const c = context({ page, variesBy });
      const atOnce = completeAnswer(c, "x", {
        status: 200,
        caching: given["Cache-Control"],
        headers: given,
      });
      expect(sealed(c, atOnce)).toBe(atOnce);
      const later = sealed(context({ page, variesBy }), new Response("x", { headers: given }));
      for (const { headers } of [atOnce, later]) {
        expect(headers.get("Cache-Control")).toBe(caching);
        expect(headers.get("Vary")).toBe(vary);
        expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      }
    },
  );

  it("shares nothing with another that says the same", async () => {
    const one = completeAnswer(context(), "one", { status: 404, type: "text/plain" });
    const headers = { Location: "/elsewhere", "Content-Type": "text/html" };
    const other = completeAnswer(context(), "other", { status: 404, type: "text/plain", headers });
    one.headers.set("Cache-Control", "public");
    expect([one.status, await one.text(), one.headers.get("Content-Type")]).toEqual([
      404,
      "one",
      "text/plain",
    ]);
    expect(one.headers.has("Location")).toBe(false);
    expect([other.status, await other.text(), other.headers.get("Content-Type")]).toEqual([
      404,
      "other",
      "text/html",
    ]);
    const third = completeAnswer(context(), null, { status: 404, type: "text/plain" });
    expect([third.body, third.headers.get("Cache-Control")]).toEqual([null, "no-store"]);
    expect(third.headers.get("X-Request-Id")).not.toBe(one.headers.get("X-Request-Id"));
  });
});
