import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { MAX_WEBHOOK_SECRETS, WEBHOOK_SECRET_OVERLAP_MS } from "../../../src/limits";
import { newSecret, rotated, signatures } from "../../../src/objects/webhook/secrets";

const message = { messageId: "evt_1", body: "{}" };

function verifies(secret: string, signature: string, at: number): boolean {
  const headers = {
    "webhook-id": "evt_1",
    "webhook-timestamp": String(Math.floor(at / 1000)),
    "webhook-signature": signature,
  };
  try {
    new Webhook(secret).verify("{}", headers);
    return true;
  } catch {
    return false;
  }
}

describe("a webhook's secrets", () => {
  it("are 32 random bytes", () => {
    const made = new Set(Array.from({ length: 100 }, newSecret));
    expect(made.size).toBe(100);
    for (const secret of made) expect(atob(secret.replace("whsec_", ""))).toHaveLength(32);
  });

  it("that were replaced sign for another 24 hours, to the millisecond", () => {
    const now = Date.now();
    const [old, young] = [newSecret(), newSecret()];
    const secrets = rotated([{ secret: old, until: null }], young, now - WEBHOOK_SECRET_OVERLAP_MS + 1);
    const both = signatures(secrets, { ...message, at: now });
    expect([verifies(old, both, now), verifies(young, both, now)]).toEqual([true, true]);
    const one = signatures(secrets, { ...message, at: now + 1 });
    expect([verifies(old, one, now + 1), verifies(young, one, now + 1)]).toEqual([false, true]);
  });

  it("that are replaced again keep their first end, and there are never many", () => {
    let secrets = [{ secret: "s0", until: null as number | null }];
    for (let nth = 1; nth <= 10; nth += 1) secrets = rotated(secrets, `s${nth}`, nth);
    expect(secrets.map(({ secret }) => secret)).toEqual(["s10", "s9", "s8", "s7"]);
    expect(secrets).toHaveLength(MAX_WEBHOOK_SECRETS);
    expect(secrets.map(({ until }) => until)).toEqual(
      [null, 10, 9, 8].map((at) => at && at + WEBHOOK_SECRET_OVERLAP_MS),
    );
    expect(rotated(secrets, "new", 10 + WEBHOOK_SECRET_OVERLAP_MS)).toHaveLength(2);
  });
});
