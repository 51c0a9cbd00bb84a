/**
 * For R5: the coordinator of an order is killed at every single moment of its work: before and after each thing it writes down
 * and before and after each call to a product. The moments are not listed here: they are counted as they come, and one
 * run after the other dies at the next of them, until a run comes through.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, onTestFinished, vi } from "vitest";
import { OrderStore } from "../../../src/objects/order/order-store";
import { call, newId, newProduct, stock, type Answer } from "../../acceptance/api";

export const TTL_SECONDS = 600;

export interface Order {
  orderId: string;
  state: string;
  reservations: { state: string; held: number; productId: string; reservationId: string }[];
}

/** Counts the moments of one order's coordinator, and kills it at one of them. */
class Killer {
  moments = 0;
  #deadline = Number.POSITIVE_INFINITY;
  #state: DurableObjectState | undefined;

  async arm(orderId: string, deadline: number): Promise<void> {
    this.moments = 0;
    await runInDurableObject(env.ORDER.getByName(orderId), (_, state) => {
      this.#state = state;
    });
    this.#deadline = deadline;
  }

  disarm(): boolean {
    const killed = this.moments >= this.#deadline;
    this.#deadline = Number.POSITIVE_INFINITY;
    return killed;
  }

  moment(): void {
    this.moments += 1;
    if (this.moments === this.#deadline) this.#state?.abort("killed");
  }
}

const OF_ORDERS = new Set(["reserve-lines", "prepare", "abort", "confirm-prepared", "confirm", "release"]);

let killer: Killer;
/** What somebody else does to a product after all have agreed. */
let rival: ((productId: string) => Promise<void>) | undefined;

/** Once, in the moment before that product is asked for good. */
export function rivalAt(productId: string, act: () => Promise<unknown>): void {
  rival = async (asked) => {
    if (asked !== productId) return;
    rival = undefined;
    await act();
  };
}

beforeEach(() => {
  killer = new Killer();
  rival = undefined;
  const save = OrderStore.prototype.save;
  vi.spyOn(OrderStore.prototype, "save").mockImplementation(function saving(this: OrderStore, ...given) {
    killer.moment();
    save.apply(this, given);
    killer.moment();
  });
  const getByName = env.PRODUCT.getByName.bind(env.PRODUCT);
  vi.spyOn(env.PRODUCT, "getByName").mockImplementation((name, options) => {
    const stub = getByName(name, options);
    return new Proxy(stub, {
      get(target, property) {
        if (property !== "execute") return Reflect.get(target, property) as unknown;
        return async (...given: Parameters<typeof stub.execute>) => {
          const ordered = given[0].some(({ command }) => OF_ORDERS.has(command.verb));
          if (ordered) killer.moment();
          if (ordered && !given[1]?.dryRun) await rival?.(name);
          const results = await stub.execute(...given);
          if (ordered) killer.moment();
          return results;
        };
      },
    });
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

export interface Scene {
  orderId: string;
  productIds: string[];
}

export const post = (path: string, body: object) =>
  call<Order>(`POST ${path}`, { body, headers: { "Idempotency-Key": `once ${path}` } });
export const place = ({ orderId, productIds }: Scene, quantity = 1) =>
  post("/v1/reservations", {
    orderId,
    lines: productIds.map((productId) => ({ productId, quantity })),
    ttlSeconds: TTL_SECONDS,
  });
export const confirm = ({ orderId }: Scene) => post("/v1/reservations/confirm", { orderId });
export const release = ({ orderId }: Scene) => post("/v1/reservations/release", { orderId });

export async function scene(onHand: number[]): Promise<Scene> {
  return { orderId: newId("ORD"), productIds: await Promise.all(onHand.map((units) => newProduct(units))) };
}

export const numbers = ({ productIds }: Scene) =>
  Promise.all(
    productIds.map(async (id) => {
      const { onHand, reserved } = await stock(id);
      return { onHand, reserved };
    }),
  );

export async function readOrder({ orderId }: Scene): Promise<Answer<Order>> {
  return call<Order>(`GET /v1/orders/${orderId}`);
}

/** The alarm that the coordinator set before it began, as often as it sets itself a new one for more work. */
export async function wake({ orderId }: Scene): Promise<void> {
  await runDurableObjectAlarm(env.ORDER.getByName(orderId));
}

export function passTime(seconds: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
}

/** At least: two dry runs, begun, two calls, decided, and each of the six before and after. */
const LEAST_MOMENTS = 12;
/** Two dry runs and nothing begun. */
export const LEAST_REFUSED = 4;

/** Runs `act` again and again, each time killed one moment later, until it comes through with `status`. */
export async function atEveryMoment(
  status: number,
  prepare: () => Promise<Scene>,
  act: (scene: Scene) => Promise<Answer<unknown>>,
  check: (scene: Scene, told: string) => Promise<void>,
  least = LEAST_MOMENTS,
): Promise<void> {
  for (let moment = 1; ; moment += 1) {
    const prepared = await prepare();
    await killer.arm(prepared.orderId, moment);
    const answer = await act(prepared);
    const killed = killer.disarm();
    // The caller of a coordinator that died may try again; one that came through has its answer.
    expect(answer.status, `moment ${moment}: ${answer.text}`).toBe(killed ? 503 : status);
    await check(prepared, `killed at moment ${moment}`);
    vi.useRealTimers();
    if (killed) continue;
    expect(moment).toBeGreaterThan(least);
    onTestFinished(({ task }) => {
      task.meta.tried = moment;
    });
    return;
  }
}

/** Nothing may be held once every hold's time has passed. */
export async function expectFreed(prepared: Scene, told: string): Promise<void> {
  passTime(TTL_SECONDS + 1);
  expect(
    (await numbers(prepared)).map(({ reserved }) => reserved),
    told,
  ).toEqual(prepared.productIds.map(() => 0));
}
