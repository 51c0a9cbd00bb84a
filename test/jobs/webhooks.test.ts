import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { wakeWebhooks } from "../../src/jobs/webhooks";

afterEach(() => void vi.restoreAllMocks());

const register = (webhookId: string) =>
  env.BOOK.prepare("INSERT INTO webhooks (webhook_id, created_at_ms) VALUES (?, 0)").bind(webhookId).run();

describe("the minute job for webhooks", () => {
  it("tells each that the book may have grown, and goes on where one fails", async () => {
    const errors = vi.spyOn(console, "error").mockReturnValue(undefined);
    await register("wh_a");
    await register("wh_b");
    const told: string[] = [];
    vi.spyOn(env.WEBHOOK, "getByName").mockImplementation((name) => {
      told.push(name);
      const bookGrew = () => (name === "wh_a" ? Promise.reject(new Error("away")) : { listening: true });
      return { bookGrew } as unknown as ReturnType<Env["WEBHOOK"]["getByName"]>;
    });
    await wakeWebhooks(env);
    expect(told).toEqual(["wh_a", "wh_b"]);
    expect(errors).toHaveBeenCalledTimes(1);
  });

  it("never fails, also when the book does", async () => {
    const errors = vi.spyOn(console, "error").mockReturnValue(undefined);
    vi.spyOn(env.BOOK, "prepare").mockImplementation(() => {
      throw new Error("away");
    });
    await wakeWebhooks(env);
    expect(errors).toHaveBeenCalledTimes(1);
  });
});
