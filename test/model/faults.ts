/**
 * What is wrong around the objects of a history: D1 refuses, is slow, or fails after it has committed; KV refuses, or fails after it has
 * written; hubs cannot be told anything. It stays so until something else is wrong, or nothing.
 */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { vi } from "vitest";

const BOOK_FAULTS = ["none", "refuses", "is slow", "fails after commit"] as const;
const KV_FAULTS = ["none", "refuses", "fails after writing"] as const;
const HUB_FAULTS = ["none", "refuses", "fails after hearing"] as const;

export interface Fault {
  book: (typeof BOOK_FAULTS)[number];
  kv: (typeof KV_FAULTS)[number];
  hub: (typeof HUB_FAULTS)[number];
}

export const fault = fc.record<Fault>({
  book: fc.constantFrom(...BOOK_FAULTS),
  kv: fc.constantFrom(...KV_FAULTS),
  hub: fc.constantFrom(...HUB_FAULTS),
});

const NONE: Fault = { book: "none", kv: "none", hub: "none" };
const SLOW_MS = 150;
const AWAY = "away, for the test";

export class Faults {
  now = NONE;
  /** As it is, without faults. */
  hub = env.HUB.getByName.bind(env.HUB);

  /** For the histories of one product, which know no other fault. */
  get down(): boolean {
    return this.now.book === "refuses";
  }

  set down(isDown: boolean) {
    this.now = { ...this.now, book: isDown ? "refuses" : "none" };
  }

  heal(): void {
    this.now = NONE;
  }

  /** Until mocks are restored. */
  install(): void {
    const batch = env.BOOK.batch.bind(env.BOOK);
    vi.spyOn(env.BOOK, "batch").mockImplementation(async (statements) => {
      const { book } = this.now;
      if (book === "refuses") throw new Error(AWAY);
      if (book === "is slow") await scheduler.wait(SLOW_MS);
      const results = await batch(statements);
      if (book === "fails after commit") throw new Error(AWAY);
      return results as never;
    });
    for (const method of ["put", "delete"] as const) {
      const write = env.CATALOG[method].bind(env.CATALOG) as (...given: unknown[]) => Promise<void>;
      vi.spyOn(env.CATALOG, method).mockImplementation(async (...given: unknown[]) => {
        if (this.now.kv === "refuses") throw new Error(AWAY);
        await write(...given);
        if (this.now.kv === "fails after writing") throw new Error(AWAY);
      });
    }
    const { hub } = this;
    vi.spyOn(env.HUB, "getByName").mockImplementation((...named) => {
      const stub = hub(...named);
      return new Proxy(stub, {
        get: (target, property) => {
          if (property === "fetch") return target.fetch.bind(target);
          if (property !== "levelChanged") return Reflect.get(target, property) as unknown;
          return async (...given: Parameters<typeof stub.levelChanged>) => {
            if (this.now.hub === "refuses") throw new Error(AWAY);
            const heard = await stub.levelChanged(...given);
            if (this.now.hub === "fails after hearing") throw new Error(AWAY);
            return heard;
          };
        },
      });
    });
  }
}
