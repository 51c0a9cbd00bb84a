/** node services/redis.ts --socket FILE: reservations in Redis, each one script. */
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { serve, type Hold, type Outcome, type Store, type Totals } from "./service.ts";

const KEY_SECONDS = 86_400;
const SCAN_COUNT = 10_000;

/** Of a product, an idempotency key, a hold. Whatever a script writes, it writes all of it. */
const RESERVE = `
  local known = redis.call('GET', KEYS[2])
  if known then return {'replayed', known} end
  local stock = redis.call('HMGET', KEYS[1], 'onHand', 'reserved')
  local quantity = tonumber(ARGV[2])
  if not stock[1] or tonumber(stock[1]) - tonumber(stock[2]) < quantity then return {'insufficient_stock'} end
  redis.call('HINCRBY', KEYS[1], 'reserved', quantity)
  local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
  local hold = cjson.encode({reservationId = ARGV[4], orderId = ARGV[1], quantity = quantity, version = version,
    expiresAt = ARGV[5]})
  redis.call('HSET', KEYS[3], 'productId', ARGV[3], 'orderId', ARGV[1], 'quantity', quantity, 'version', version,
    'expiresAt', ARGV[5])
  redis.call('XADD', 'events', '*', 'type', 'reservation.held', 'productId', ARGV[3], 'body', hold)
  redis.call('SET', KEYS[2], hold, 'EX', ARGV[6])
  return {'held', hold}
`;

const { socket } = parseArgs({ options: { socket: { type: "string" } } }).values;
if (socket === undefined) throw new Error("--socket is Redis' socket");
await serve(storeIn(new Redis(socket)));

function storeIn(redis: Redis): Store {
  const script = redis.script("LOAD", RESERVE);
  return {
    stock: async (productIds, onHand) => {
      const pipeline = redis.pipeline();
      for (const id of productIds) pipeline.hset(`product:${id}`, { onHand, reserved: 0, version: 0 });
      await pipeline.exec();
    },
    reserve: async ({ key, productId, orderId, quantity, holdId, expiresAt }) => {
      const keys = [`product:${productId}`, `key:${key}`, `hold:${holdId}`];
      const args = [orderId, quantity, productId, holdId, expiresAt.toISOString(), KEY_SECONDS];
      return outcomeOf(await redis.evalsha(String(await script), keys.length, ...keys, ...args));
    },
    totals: () => totalsOf(redis),
    close: () => redis.quit(),
  };
}

function outcomeOf(answer: unknown): Outcome {
  const [outcome, hold]: unknown[] = Array.isArray(answer) ? answer : [];
  if (outcome === "insufficient_stock") return outcome;
  if (typeof hold !== "string") throw new Error("a script has no such answer");
  const held: Hold = JSON.parse(hold);
  return { hold: held, replayed: outcome === "replayed" };
}

async function totalsOf(redis: Redis): Promise<Totals> {
  const totals: Totals = { reserved: 0, holds: 0, events: await redis.xlen("events"), keys: 0, oversold: 0 };
  for await (const found of redis.scanStream({ count: SCAN_COUNT })) {
    const names: string[] = found;
    totals.holds += names.filter((name) => name.startsWith("hold:")).length;
    totals.keys += names.filter((name) => name.startsWith("key:")).length;
    for (const name of names.filter((one) => one.startsWith("product:"))) {
      const { onHand, reserved } = await redis.hgetall(name);
      totals.reserved += Number(reserved);
      if (Number(reserved) > Number(onHand)) totals.oversold += 1;
    }
  }
  return totals;
}
