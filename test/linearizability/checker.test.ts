/** The checker itself: it takes what a correct service may answer, and finds each fault that was planted. */
import { describe, expect, it } from "vitest";
import { checkLinearizable } from "./checker.ts";
import { simulate } from "./simulated-shop.ts";
import { stockModel, type StockCall, type StockOp, type StockAnswer } from "./stock-model.ts";

const INITIAL = 6;

function check(history: readonly StockCall[]) {
  return checkLinearizable(history, stockModel(INITIAL, history));
}

/** Called and answered at these times. */
function call(calledAt: number, answeredAt: number, op: StockOp, answer?: StockAnswer): StockCall {
  return { calledAt, answeredAt: answer ? answeredAt : Infinity, op, answer };
}

const read = { kind: "read" } as const;
const stock = (onHand: number, reserved: number) => ({ kind: "stock", onHand, reserved }) as const;
const held = (hold: string) => ({ kind: "held", hold }) as const;

describe("a history", () => {
  it("of a correct service is linearizable, with answers lost on the way", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const history = simulate({ seed, clients: 8, calls: 120, initial: INITIAL });
      expect(check(history), `seed ${seed}`).toMatchObject({ linearizable: true });
    }
  });

  it("of a correct service is linearizable when it is known when a lost call cannot have an effect any more", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const history = simulate({ seed, clients: 8, calls: 120, initial: INITIAL }).map((one) => ({
        ...one,
        ...(one.isLost && { noEffectAfter: one.effectAt + 1 }),
      }));
      expect(check(history), `seed ${seed}`).toMatchObject({ linearizable: true });
    }
  });

  it("may answer calls at the same time in either order", () => {
    const all = { kind: "reserve", quantity: INITIAL } as const;
    const short = { kind: "short", available: 0 } as const;
    expect(check([call(1, 5, all, short), call(2, 4, all, held("a"))])).toMatchObject({ linearizable: true });
    expect(check([call(1, 2, all, short), call(3, 4, all, held("a"))])).toMatchObject({
      linearizable: false,
    });
  });

  it("may have a call without an answer at any later time, or not at all", () => {
    const lost = call(1, 0, { kind: "reserve", quantity: 2 });
    const reads = [call(2, 3, read, stock(6, 0)), call(4, 5, read, stock(6, 2))];
    expect(check([lost, ...reads])).toMatchObject({ linearizable: true });
    expect(check([lost, ...reads.slice(0, 1)])).toMatchObject({ linearizable: true });
    expect(check([lost, ...reads, call(6, 7, read, stock(6, 0))])).toMatchObject({ linearizable: false });
  });

  it("may have a call without an answer until it can have no effect any more, and not later", () => {
    const reads = [call(2, 3, read, stock(6, 0)), call(6, 7, read, stock(6, 2))];
    const lost = call(1, 0, { kind: "reserve", quantity: 2 });
    expect(check([{ ...lost, noEffectAfter: 5 }, ...reads])).toMatchObject({ linearizable: true });
    expect(check([{ ...lost, noEffectAfter: 2.5 }, ...reads])).toMatchObject({ linearizable: true });
    expect(check([{ ...lost, noEffectAfter: 1.5 }, ...reads])).toMatchObject({
      linearizable: false,
      undecided: false,
      stuckAt: reads[1],
    });
    const nothing = call(6, 7, read, stock(6, 0));
    expect(check([{ ...lost, noEffectAfter: 5 }, nothing])).toMatchObject({ linearizable: true });
  });

  it("says at which call no order fits any more", () => {
    const wrong = call(6, 7, read, stock(6, 3));
    const history = [
      call(1, 2, { kind: "reserve", quantity: 2 }, held("a")),
      call(3, 4, read, stock(6, 2)),
      wrong,
    ];
    expect(check(history)).toMatchObject({ linearizable: false, undecided: false, stuckAt: wrong });
  });
});

describe("a planted fault is found:", () => {
  it.each([
    "oversell",
    "stale read",
    "lost write",
    "second effect",
    "wrong shortage",
    "ended twice",
  ] as const)("%s", (fault) => {
    let planted = 0;
    for (let seed = 1; planted < 50; seed += 1) {
      const history = simulate({ seed, clients: 6, calls: 100, initial: INITIAL, fault });
      if (!history.some(({ isFaulty }) => isFaulty)) continue;
      planted += 1;
      expect(check(history), `seed ${seed}`).toMatchObject({ linearizable: false, undecided: false });
    }
  });
});
