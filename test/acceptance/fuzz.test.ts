/** A few hundred requests of the fuzzer (FUZZ_RUNS says how many); `test/e2e/fuzz.ts` sends many more to the real thing. */
import { env, exports } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import document from "../../docs/openapi.json?raw";
import type { Send } from "../fuzz/request";
import { fuzz, unreachedOf } from "../fuzz/run";
import { ADMIN, SHOP } from "./api";

const ORIGIN = "https://holdfast.test";

const send: Send = async ({ method, target, headers, body }) => {
  const hasBody = body !== undefined && method !== "GET" && method !== "HEAD";
  const init = { method, headers, redirect: "manual" as const, ...(hasBody && { body }) };
  const answer = await exports.default.fetch(new Request(ORIGIN + target, init));
  const { status } = answer;
  if (answer.webSocket) {
    answer.webSocket.accept();
    answer.webSocket.close();
  }
  const isEndless = answer.headers.get("Content-Type")?.startsWith("text/event-stream");
  if (isEndless) await answer.body?.cancel();
  return { status, headers: answer.headers, text: isEndless ? "" : await answer.text() };
};

it("valid and broken requests for every operation are answered as the OpenAPI document says", async () => {
  const runs = Number(env.FUZZ_RUNS);
  const seed = Number(env.FUZZ_SEED);
  // Where webhooks are sent.
  vi.spyOn(globalThis, "fetch").mockImplementation(() =>
    Promise.resolve(new Response(null, { status: 204 })),
  );
  const world = {
    keys: { admin: ADMIN, shop: SHOP },
    webhookUrl: "https://hooks.example.com/",
    takesSockets: true,
  };
  const report = await fuzz({ document, runs, seed, concurrency: 4, world, send });
  expect(report.findings.join("\n\n---\n\n")).toBe("");
  expect(report.passedValidation).toBeGreaterThanOrEqual(report.sent / 2);
  // With fewer, chance leaves some operation without a request that could succeed.
  if (runs >= 2000) expect(unreachedOf(report)).toEqual([]);
});
