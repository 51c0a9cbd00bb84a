import { describe, expect, it } from "vitest";
import { inFlight, TurnsByName } from "../../../../src/http/products/file/in-flight";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function* numbers(count: number, onRead?: (number: number) => void): AsyncGenerator<number, void> {
  for (let number = 0; number < count; number += 1) {
    onRead?.(number);
    yield number;
  }
}

async function all<T>(results: AsyncGenerator<T, void>): Promise<T[]> {
  const found: T[] = [];
  for await (const result of results) found.push(result);
  return found;
}

describe("rows in flight", () => {
  it("are told in order, however long each takes", async () => {
    const results = inFlight(numbers(50), 8, async (row) => {
      await pause((row * 7) % 5);
      return row;
    });
    expect(await all(results)).toEqual(Array.from({ length: 50 }, (_, row) => row));
  });

  it("are never more than allowed, and as many as allowed", async () => {
    let now = 0;
    let most = 0;
    const work = async (row: number) => {
      now += 1;
      most = Math.max(most, now);
      await pause(1);
      now -= 1;
      return row;
    };
    await all(inFlight(numbers(40), 8, work));
    expect(most).toBe(8);
  });

  it("wait for a slow reader", async () => {
    let read = 0;
    const results = inFlight(
      numbers(1000, () => (read += 1)),
      4,
      (row) => Promise.resolve(row),
    );
    await results.next();
    await pause(10);
    expect(read).toBeLessThanOrEqual(6);
    await results.return();
  });

  it("are told at once though the next row is not there yet", async () => {
    async function* slow(): AsyncGenerator<number, void> {
      yield 1;
      await new Promise(() => undefined);
    }
    const results = inFlight(slow(), 4, (row) => Promise.resolve(row));
    expect(await results.next()).toEqual({ value: 1, done: false });
  });

  it("end the reading when the reader goes away", async () => {
    let ended = false;
    async function* endless(): AsyncGenerator<number, void> {
      try {
        for (let number = 0; ; number += 1) yield number;
      } finally {
        ended = true;
      }
    }
    for await (const row of inFlight(endless(), 4, (row) => Promise.resolve(row))) if (row === 3) break;
    await pause(1);
    expect(ended).toBe(true);
  });

  it("are told before the failure that ended the upload", async () => {
    async function* torn(): AsyncGenerator<number, void> {
      yield* [1, 2, 3];
      throw new Error("torn");
    }
    const told: number[] = [];
    const read = async () => {
      const work = (row: number) => pause(5).then(() => row);
      for await (const row of inFlight(torn(), 2, work)) told.push(row);
    };
    await expect(read()).rejects.toThrow("torn");
    expect(told).toEqual([1, 2, 3]);
  });
});

describe("turns", () => {
  it("of one name come one after the other, those of others meanwhile", async () => {
    const turns = new TurnsByName();
    const log: string[] = [];
    const step = (name: string, ms: number) =>
      turns.take(name, async () => {
        log.push(`${name} begins`);
        await pause(ms);
        log.push(`${name} ends`);
      });
    await Promise.all([step("a", 10), step("a", 1), step("b", 2)]);
    expect(log).toEqual(["a begins", "b begins", "b ends", "a ends", "a begins", "a ends"]);
  });

  it("may be asked whether another of their name waits behind them", async () => {
    const turns = new TurnsByName();
    const step = (name: string) => turns.take(name, (isFollowed) => Promise.resolve(isFollowed()));
    expect(await Promise.all([step("a"), step("b"), step("a"), step("a")])).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(await step("a")).toBe(false);
  });
});
