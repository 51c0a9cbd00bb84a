/** Followers of the book that come too late. Apart from the others of the live book: theirs is gone here. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, expectProblem, history, hold, newProduct } from "./api";
import { listen } from "./live-client";

describe("what is no longer kept", () => {
  it("D-17: from before what is kept: a stream is 410, a socket is told and closed", async () => {
    const productId = await newProduct(10);
    await hold(productId, 1);
    const kept = (await history(productId)).at(-1)?.offset ?? 0;
    await env.BOOK.prepare("DELETE FROM events WHERE offset < ?").bind(kept).run();
    const problem = expectProblem(
      await call("GET /v1/inventory/events/live?offset=1"),
      410,
      "offset_expired",
    );
    expect(problem).toMatchObject({ oldestOffset: kept });
    const client = await listen("/v1/inventory/events/live?offset=1");
    expect(await client.closed).toMatchObject({ code: 4410 });
    expect(client.told).toMatchObject([{ type: "error", code: "offset_expired", oldestOffset: kept }]);
  });
});
