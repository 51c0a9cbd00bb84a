/** What goes to a product's object with the commands of one call, and what is asked again. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { Command, Envelope, Result } from "../../../src/domain/command";
import { forgetLocations } from "../../../src/http/locations/known-locations";
import { execute } from "../../../src/http/clients/product";
import { PLACES_TRIES } from "../../../src/limits";

const RECEIPT: Command = {
  verb: "adjust",
  locationId: "main",
  delta: 1,
  type: "receipt",
  reason: "delivered",
  force: false,
};
const OUTDATED: Result = { ok: false, refusal: { code: "places_outdated" } };
const REPLAYED: Result = { ok: true, body: "{}", version: 1, replayed: true };
const APPLIED: Result = { ok: true, body: "{}", version: 2, replayed: false };

/** An object that gives these answers, the last of them for ever. */
function deliver(...answers: Result[][]) {
  const calls: Envelope[][] = [];
  const PRODUCT = {
    getByName: () => ({
      execute: (envelopes: Envelope[]) => {
        calls.push(envelopes);
        return Promise.resolve(answers[Math.min(calls.length, answers.length) - 1]);
      },
    }),
  };
  const envelopes = [RECEIPT, RECEIPT].map((command) => ({ command, actor: "test", clamped: false }));
  const asking = execute({ BOOK: env.BOOK, PRODUCT } as unknown as Env, "P", {
    envelopes,
    awaitBook: false,
  });
  return asking.then((results) => ({ results, calls }));
}

beforeEach(forgetLocations);

describe("commands that bring stock and come too late", () => {
  it("are asked again with newer places, since nothing of them was decided", async () => {
    const { results, calls } = await deliver([REPLAYED, OUTDATED], [REPLAYED, APPLIED]);
    expect(results).toEqual([REPLAYED, APPLIED]);
    expect(calls.map((call) => call.map(({ places }) => places?.open))).toEqual([
      [["main"], ["main"]],
      [["main"], ["main"]],
    ]);
  });

  it("are not asked for ever, and not where something was decided", async () => {
    expect((await deliver([OUTDATED, OUTDATED])).calls).toHaveLength(PLACES_TRIES);
    expect((await deliver([APPLIED, OUTDATED])).calls).toHaveLength(1);
    expect((await deliver([REPLAYED, REPLAYED])).calls).toHaveLength(1);
  });

  it("are refused by the object as a whole, and leave nothing behind", async () => {
    const object = env.PRODUCT.getByName("late");
    const create: Command = { verb: "create", fields: {}, initial: { locationId: "main", quantity: 1 } };
    const known = { open: ["main"], closed: [], goodUntilMs: Date.now() };
    const reserve: Command = {
      verb: "reserve",
      quantity: 1,
      locationIds: [],
      anyLocation: true,
      ttlSeconds: 9,
    };
    const envelopes = [create, RECEIPT, reserve].map((command) => ({
      command,
      actor: "test",
      clamped: false,
      places: known,
    }));
    expect(await object.execute(envelopes)).toEqual([OUTDATED, OUTDATED, OUTDATED]);
    expect(await object.execute(envelopes, { dryRun: true })).toEqual([OUTDATED, OUTDATED, OUTDATED]);
    expect(await object.read({ view: "product" })).toMatchObject({ refusal: { code: "product_not_found" } });
  });
});
