/** A rebuild of the book while parts of it fail: nothing is given up that may do better, and what is given up is named. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { LedgerObject } from "../../../src/objects/ledger/ledger-object";
import { RecoveryObject } from "../../../src/objects/recovery/recovery-object";
import { ProductObject } from "../../../src/objects/product/product-object";
import { history, newProduct } from "../../acceptance/api";
import { verify } from "../../acceptance/verification-api";
import { rebuild } from "./disasters";

// The object may still be at what a file before this one has left to it.
beforeAll(async () => {
  const stub = env.RECOVERY.getByName("recovery");
  await runInDurableObject(stub, (_, state) => state.storage.deleteAll());
  await evictDurableObject(stub);
});
beforeEach(() => void vi.spyOn(console, "error").mockReturnValue(undefined));
afterEach(() => void vi.restoreAllMocks());

const isOf = (one: ProductObject, productId: string) => Reflect.get(one, "ctx").id.name === productId;

describe("a rebuild of the book", () => {
  it("goes on where it was when the book was away for all products at once", async () => {
    const productId = await newProduct(5);
    await history(productId);
    const real = ProductObject.prototype.reproject;
    let calls = 0;
    vi.spyOn(ProductObject.prototype, "reproject").mockImplementation(function (this: ProductObject) {
      calls += 1;
      return calls <= 2 ? Promise.resolve(null) : real.call(this);
    });
    const done = await rebuild([productId]);
    expect(done).toMatchObject({ failed: 0, failures: [] });
    expect(calls).toBeGreaterThan(2);
    expect(await verify(productId)).toMatchObject({ differences: [] });
  });

  it("names a product whose object fails every time, and rebuilds the others", async () => {
    const [broken, sound] = [await newProduct(5), await newProduct(5)];
    for (const productId of [broken, sound]) await history(productId);
    const real = ProductObject.prototype.reproject;
    vi.spyOn(ProductObject.prototype, "reproject").mockImplementation(function (this: ProductObject) {
      return isOf(this, broken) ? Promise.reject(new Error("broken")) : real.call(this);
    });
    const done = await rebuild([broken, sound]);
    expect(done.failures).toMatchObject([{ productId: broken }]);
    expect(await verify(sound)).toMatchObject({ differences: [] });
  });

  it("leaves a list out that cannot be read, and says why; one that is not there, too", async () => {
    const productId = await newProduct(5);
    await history(productId);
    await env.SEARCH.batch(
      ["documents", "about"].map((name) => env.SEARCH.prepare(`DROP TABLE IF EXISTS ${name}`)),
    );
    const real = { begin: RecoveryObject.prototype.begin, logEnd: LedgerObject.prototype.logEnd };
    let hasBegun = false;
    // It asks where the log ends before anything begins, and must hear it.
    vi.spyOn(RecoveryObject.prototype, "begin").mockImplementation(async function (this: RecoveryObject) {
      const view = await real.begin.call(this);
      hasBegun = true;
      return view;
    });
    vi.spyOn(LedgerObject.prototype, "logEnd").mockImplementation(function (this: LedgerObject) {
      if (hasBegun) throw new Error("no ledger");
      return real.logEnd.call(this);
    });
    const done = await rebuild();
    const stateOf = (name: string) => done.lists.find(({ list }) => list === name);
    expect(stateOf("webhooks")).toMatchObject({ state: "skipped", reason: "no ledger" });
    expect(stateOf("search")).toMatchObject({ state: "skipped", reason: "there is no search index" });
    expect(done.failed).toBe(0);
  });
});
