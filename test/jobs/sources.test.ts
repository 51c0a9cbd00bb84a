import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { wakeSources } from "../../src/jobs/sources";

afterEach(() => void vi.restoreAllMocks());

describe("the minute job for sources", () => {
  it("wakes each, and goes on where one fails", async () => {
    const errors = vi.spyOn(console, "error").mockReturnValue(undefined);
    const woken: string[] = [];
    vi.spyOn(env.SOURCE, "getByName").mockImplementation((name) => {
      woken.push(name);
      const wake = () => (name === "coingecko" ? Promise.reject(new Error("away")) : Promise.resolve());
      return { wake } as unknown as ReturnType<Env["SOURCE"]["getByName"]>;
    });
    await wakeSources(env);
    expect(woken).toEqual(["coingecko", "rebrickable"]);
    expect(errors).toHaveBeenCalledTimes(1);
  });
});
