import { describe, expect, it } from "vitest";
import { runInProductOrder } from "../../../scripts/retail/in-product-order.ts";

interface Step {
  name: string;
  products: string[];
}
const productsOf = ({ products }: Step) => products;
const step = (name: string, ...products: string[]): Step => ({ name, products });
const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

describe("steps of products", () => {
  it("steps of one product run one after the other, in order; the rest side by side", async () => {
    const steps = [
      step("1", "a", "b"),
      step("2", "c"),
      step("3", "b", "c", "c"),
      step("4", "a"),
      step("5", "b"),
    ];
    const log: string[] = [];
    await runInProductOrder(steps, {
      limit: 9,
      productsOf,
      work: async ({ name }) => {
        log.push(`+${name}`);
        await tick();
        log.push(`-${name}`);
      },
    });
    expect(log.slice(0, 2)).toEqual(["+1", "+2"]);
    const before = (a: string, b: string) => expect(log.indexOf(`-${a}`)).toBeLessThan(log.indexOf(`+${b}`));
    before("1", "3");
    before("2", "3");
    before("1", "4");
    before("3", "5");
    expect(log).toHaveLength(10);
  });

  it("no more run at a time than the limit allows", async () => {
    let running = 0;
    let most = 0;
    const steps = Array.from({ length: 20 }, (_, index) => step(String(index), String(index)));
    await runInProductOrder(steps, {
      limit: 3,
      productsOf,
      work: async () => {
        most = Math.max(most, ++running);
        await tick();
        running -= 1;
      },
    });
    expect(most).toBe(3);
  });

  it("the first failure ends it: nothing more begins, what is under way is waited for", async () => {
    const log: string[] = [];
    const steps = [step("slow", "a"), step("bad", "b"), step("after", "b"), step("free", "c")];
    const run = runInProductOrder(steps, {
      limit: 2,
      productsOf,
      work: async ({ name }) => {
        log.push(`+${name}`);
        if (name === "bad") throw new Error("no");
        await tick();
        log.push(`-${name}`);
      },
    });
    await expect(run).rejects.toThrow("no");
    expect(log).toEqual(["+slow", "+bad", "-slow"]);
  });

  it("nothing to do is done", async () => {
    await expect(runInProductOrder([], { limit: 1, productsOf, work: tick })).resolves.toBeUndefined();
  });
});
