import { describe, expect, it } from "vitest";
import { QueueByName } from "../../../../src/http/products/file/queue-by-name";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe("works in a queue", () => {
  it("of one name come one after the other, those of others meanwhile", async () => {
    const queue = new QueueByName();
    const log: string[] = [];
    const step = (name: string, ms: number) =>
      queue.run(name, async () => {
        log.push(`${name} begins`);
        await pause(ms);
        log.push(`${name} ends`);
      });
    await Promise.all([step("a", 10), step("a", 1), step("b", 2)]);
    expect(log).toEqual(["a begins", "b begins", "b ends", "a ends", "a begins", "a ends"]);
  });

  it("may be asked whether another of their name waits behind them", async () => {
    const queue = new QueueByName();
    const step = (name: string) => queue.run(name, (isFollowed) => Promise.resolve(isFollowed()));
    expect(await Promise.all([step("a"), step("b"), step("a"), step("a")])).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(await step("a")).toBe(false);
  });
});
