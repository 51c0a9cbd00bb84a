/**
 * npm run demo [-- --url http://127.0.0.1:8787 --key demo --shoppers 2 --minutes 30]
 * A quiet simulated shop against `npm start`, so that the console has something to show: some shoppers a second hold a set and
 * pay, give it back, or forget it; what runs out is received again. Ctrl-C ends it; holds that are left expire.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createHoldfast, isProblem, type Holdfast } from "../src/client/client.ts";
import { runCommand } from "./command.ts";

const MAX_SHOPPERS_PER_SECOND = 20;
/** At once in the shop; who comes then goes elsewhere. */
const MAX_IN_SHOP = 200;
/** Sets that are sold: few, so that each of them moves. */
const SHELF = 60;
const HOLD_SECONDS = 90;
const THINK_MIN_MS = 2000;
const THINK_SPREAD_MS = 20_000;
const PAID_SHARE = 0.55;
const GIVEN_BACK_SHARE = 0.3;
const LOW = 3;
const DELIVERY = 25;
const REPORT_MS = 5000;

const counts = { held: 0, sold: 0, "given back": 0, forgotten: 0, "sold out": 0, received: 0 };

await runCommand(async (stop) => {
  const { values } = parseArgs({
    options: {
      url: { type: "string", default: "http://127.0.0.1:8787" },
      key: { type: "string", default: "demo" },
      shoppers: { type: "string", default: "2" },
      minutes: { type: "string", default: "30" },
    },
  });
  const perSecond = Math.min(Number(values.shoppers), MAX_SHOPPERS_PER_SECOND);
  const minutes = Number(values.minutes);
  if (!(perSecond > 0) || !(minutes > 0)) throw new Error("--shoppers and --minutes are numbers above 0");
  const signal = AbortSignal.any([stop, AbortSignal.timeout(minutes * 60_000)]);
  const holdfast = createHoldfast({ baseUrl: values.url, key: values.key });
  const { items } = await holdfast.products.list({ kind: "set", limit: SHELF }, { signal });
  const shelf = items.map(({ productId }) => productId);
  if (shelf.length === 0) throw new Error(`${values.url} has no sets: is it npm start, with its demo data?`);
  console.log(
    `${perSecond} shoppers a second among ${shelf.length} sets, for ${minutes} min; Ctrl-C ends it.`,
  );
  console.log(`Watch them at ${new URL("/", values.url)}`);
  await open({ holdfast, shelf, perSecond, signal });
  console.log(`\n${summary()}`);
  return 0;
});

interface Shop {
  holdfast: Holdfast;
  shelf: readonly string[];
  perSecond: number;
  signal: AbortSignal;
}

/** Until the signal. Rejects when the service fails a shopper for good. */
async function open(shop: Shop): Promise<void> {
  const { signal, perSecond } = shop;
  const failed = new AbortController();
  const closing = AbortSignal.any([signal, failed.signal]);
  const inShop = new Set<Promise<void>>();
  const report = setInterval(() => console.log(summary()), REPORT_MS);
  try {
    while (!closing.aborted) {
      if (inShop.size < MAX_IN_SHOP) {
        const visit: Promise<void> = shopper({ ...shop, signal: closing })
          .catch((error: unknown) => {
            if (!closing.aborted) failed.abort(error);
          })
          .finally(() => inShop.delete(visit));
        inShop.add(visit);
      }
      // Not in step with a clock: people are not.
      await sleep((Math.random() * 2000) / perSecond, undefined, { signal: closing }).catch(() => undefined);
    }
  } finally {
    clearInterval(report);
  }
  await Promise.all(inShop);
  if (failed.signal.aborted) throw failed.signal.reason;
}

async function shopper({ holdfast, shelf, signal }: Shop): Promise<void> {
  // What stands first is wanted most.
  const productId = shelf[Math.floor(Math.random() ** 2 * shelf.length)] ?? "";
  const quantity = Math.random() < 0.8 ? 1 : 2;
  const orderId = `DEMO-${Date.now().toString(36)}-${Math.floor(Math.random() * 1e6).toString(36)}`;
  try {
    const hold = await holdfast.reserve(
      productId,
      { quantity, orderId, ttlSeconds: HOLD_SECONDS },
      { signal },
    );
    counts.held += 1;
    await sleep(THINK_MIN_MS + Math.random() * THINK_SPREAD_MS, undefined, { signal });
    const dice = Math.random();
    if (dice < PAID_SHARE) {
      await holdfast.reservations.confirm(hold.reservationId, {}, { signal });
      counts.sold += 1;
    } else if (dice < PAID_SHARE + GIVEN_BACK_SHARE) {
      await holdfast.reservations.release(hold.reservationId, {}, { signal });
      counts["given back"] += 1;
    } else counts.forgotten += 1;
    await restock(holdfast, productId, signal);
  } catch (error) {
    if (!isProblem(error, "insufficient_stock")) throw error;
    counts["sold out"] += 1;
    await restock(holdfast, productId, signal);
  }
}

async function restock(holdfast: Holdfast, productId: string, signal: AbortSignal): Promise<void> {
  const { available } = await holdfast.stock.get(productId, { signal });
  if (available > LOW || Math.random() < 0.5) return;
  const delivery = { delta: DELIVERY, type: "receipt", reason: "delivery" } as const;
  await holdfast.stock.adjust(productId, delivery, { signal });
  counts.received += DELIVERY;
}

function summary(): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}
