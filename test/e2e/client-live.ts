/** Listeners while connections are cut and the service is killed: levels never fall back and end right, the log has no gap. */
import { setTimeout as sleep } from "node:timers/promises";
import type { BookEvent, Holdfast, Level } from "../../src/client/client.ts";
import type { Test } from "./run-test.ts";

const CATCH_UP_MS = 20_000;
const POLL_MS = 100;

interface Listener {
  client: Holdfast;
  levels: Map<string, Level>;
  events: BookEvent[];
}

/** Every client watches and follows until `finish`, which says what was wrong. */
export async function checkLive({ expect, say }: Test, clients: Holdfast[][], plain: Holdfast) {
  const ending = new AbortController();
  const { signal } = ending;
  const productIds = ["LOAD", "FAULT-0", "FAULT-1"];
  const listeners = clients.flat().map((client): Listener => ({ client, levels: new Map(), events: [] }));
  const until = (work: Promise<void>, what: string) =>
    work.catch((error: unknown) => expect(signal.aborted, `${what} ended: ${error}`));
  const running = listeners.flatMap(({ client, levels, events }) => {
    const watching = async () => {
      for await (const level of client.watch(productIds, { signal })) {
        const before = levels.get(level.productId)?.version ?? 0;
        expect(level.version > before, `${level.productId} went from ${before} to ${level.version}`);
        levels.set(level.productId, level);
      }
    };
    const following = async () => {
      for await (const event of client.followEvents(1, { signal })) events.push(event);
    };
    return [until(watching(), "a watch"), until(following(), "a follower")];
  });
  return {
    finish: async () => {
      const stocks = await Promise.all(productIds.map((id) => plain.stock.get(id)));
      const newest = await newestOffset(plain, stocks);
      const wait = AbortSignal.timeout(CATCH_UP_MS);
      const behind = () => listeners.flatMap((listener) => lagOf(listener, stocks, newest));
      while (behind().length > 0 && !wait.aborted) await sleep(POLL_MS);
      for (const lag of behind()) expect(false, lag);
      for (const { events } of listeners) {
        const gap = events.findIndex(({ offset }, index) => offset !== index + 1);
        expect(gap < 0, `after offset ${gap} came ${events[gap]?.offset}`);
      }
      say(`${listeners.length} listeners have ${newest} events, each once, and the last levels`);
      ending.abort(new Error("over"));
      await Promise.all(running);
    },
    [Symbol.asyncDispose]: async () => {
      ending.abort(new Error("over"));
      await Promise.all(running);
    },
  };
}

/** Once the book has every version that the objects have. */
async function newestOffset(plain: Holdfast, stocks: { productId: string; version: number }[]) {
  for (;;) {
    const versionById = new Map<string, number>();
    let newest = 0;
    for (let offset = 1, hasMore = true; hasMore;) {
      const page = await plain.readEvents({ offset, limit: 1000 });
      for (const event of page.events) versionById.set(event.productId, event.version);
      newest = page.events.at(-1)?.offset ?? newest;
      ({ nextOffset: offset, hasMore } = page);
    }
    if (stocks.every(({ productId, version }) => versionById.get(productId) === version)) return newest;
    await sleep(POLL_MS);
  }
}

function lagOf(
  { levels, events }: Listener,
  stocks: { productId: string; version: number }[],
  newest: number,
) {
  const last = events.at(-1)?.offset ?? 0;
  return [
    ...stocks.flatMap(({ productId, version }) => {
      const seen = levels.get(productId)?.version;
      return seen === version ? [] : [`a watch has ${productId} at version ${seen}, not ${version}`];
    }),
    ...(last === newest ? [] : [`a follower is at offset ${last}, not ${newest}`]),
  ];
}
