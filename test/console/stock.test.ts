/** The numbers of products as the console keeps them: versions never fall, and what comes within one beat is drawn once. */
import { effect } from "@preact/signals";
import { describe, expect, it } from "vitest";
import { StockNumbers, type Numbers } from "../../src/console/stock.ts";

function numbers(version: number, available: number, productId = "P"): Numbers {
  return { productId, version, onHand: available, reserved: 0, available };
}

/** Numbers whose next beat comes when the test says so. */
function onBeats() {
  const waiting = new Set<() => void>();
  const stock = new StockNumbers((apply) => void waiting.add(apply));
  const draw = () => {
    const calls = [...waiting];
    waiting.clear();
    for (const call of calls) call();
  };
  return { stock, waiting, draw };
}

/** How often whoever looks at these products has been drawn. */
function drawn(stock: StockNumbers, ...ids: string[]) {
  let count = 0;
  effect(() => {
    for (const id of ids) void stock.of(id).value;
    count += 1;
  });
  return () => count - 1;
}

describe("numbers of a product", () => {
  it("are shown with the next beat, not before", () => {
    const { stock, draw } = onBeats();
    stock.offer(numbers(3, 10));
    expect(stock.of("P").value).toBeUndefined();
    draw();
    expect(stock.of("P").value).toMatchObject({ version: 3, available: 10 });
  });

  it("never give way to an older version, whether it waits or is shown", () => {
    const { stock, draw } = onBeats();
    stock.offer(numbers(5, 50));
    stock.offer(numbers(4, 40));
    draw();
    expect(stock.of("P").value?.available).toBe(50);
    stock.offer(numbers(3, 30));
    draw();
    expect(stock.of("P").value).toMatchObject({ version: 5, available: 50 });
  });

  it("of a newer version win, in whichever order they come", () => {
    const { stock, draw } = onBeats();
    for (const version of [2, 9, 4, 7]) {
      stock.offer(numbers(version, version * 10));
      if (version === 9) draw();
    }
    draw();
    expect(stock.of("P").value?.version).toBe(9);
  });

  it("of the same version add what is known, and take nothing away", () => {
    const { stock, draw } = onBeats();
    stock.offer({ ...numbers(2, 4), availability: "low_stock" });
    draw();
    stock.offer(numbers(2, 4));
    draw();
    expect(stock.of("P").value?.availability).toBe("low_stock");
    stock.offer({ ...numbers(3, 0), availability: "out_of_stock" });
    draw();
    expect(stock.of("P").value?.availability).toBe("out_of_stock");
  });

  it("of a newer version say nothing that only the older one said", () => {
    const { stock, draw } = onBeats();
    stock.offer({ ...numbers(2, 4), availability: "low_stock" });
    draw();
    stock.offer(numbers(3, 90));
    draw();
    expect(stock.of("P").value).toEqual(numbers(3, 90));
  });

  it("of an answer are shown at once, together, with what waited for the beat", () => {
    const { stock, draw } = onBeats();
    const count = drawn(stock, "A", "B");
    stock.offer(numbers(4, 40, "A"));
    stock.show(numbers(3, 30, "A"), numbers(7, 70, "B"));
    expect([stock.of("A").value?.version, stock.of("B").value?.version]).toEqual([4, 7]);
    stock.offer(numbers(6, 60, "B"));
    draw();
    expect([stock.of("B").value?.version, count()]).toEqual([7, 1]);
  });

  it("are forgotten with the key", () => {
    const { stock, draw } = onBeats();
    stock.offer(numbers(2, 4));
    draw();
    stock.offer(numbers(3, 5));
    stock.clear();
    draw();
    expect(stock.of("P").value).toBeUndefined();
  });
});

describe("a beat", () => {
  it("is asked for once, however much comes, and draws once", () => {
    const { stock, waiting, draw } = onBeats();
    const count = drawn(stock, "A", "B");
    for (let version = 1; version <= 500; version += 1) {
      stock.offer(numbers(version, version, "A"));
      stock.offer(numbers(version, version, "B"));
    }
    expect([waiting.size, count()]).toEqual([1, 0]);
    draw();
    expect(count()).toBe(1);
    expect([stock.of("A").value?.version, stock.of("B").value?.version]).toEqual([500, 500]);
  });

  it("is asked for again by what comes after it", () => {
    const { stock, draw } = onBeats();
    stock.offer(numbers(1, 1));
    draw();
    stock.offer(numbers(2, 2));
    draw();
    expect(stock.of("P").value?.version).toBe(2);
  });

  it("draws only those whose numbers are others", () => {
    const { stock, draw } = onBeats();
    stock.offer(numbers(1, 1, "A"));
    stock.offer(numbers(1, 1, "B"));
    draw();
    const [a, b] = [drawn(stock, "A"), drawn(stock, "B")];
    stock.offer(numbers(2, 2, "A"));
    stock.offer(numbers(1, 1, "B"));
    draw();
    expect([a(), b()]).toEqual([1, 0]);
  });
});
