/**
 * The real ledgers behind one more route, which sends them events of many products from inside workerd, each product as its
 * object would: one call under way, the next when it is acknowledged. Everything else goes to the real Worker.
 */
import type { BookEntry } from "../../src/d1/projection";
import { shardOf } from "../../src/ledgers";
import worker from "../../src/worker";

export * from "../../src/worker";

const ROUTE = "/bench/ledgers";

interface Drive {
  /** They have rows in the book. */
  productIds: string[];
  shards: number;
  /** Of a product in one call. */
  events: number;
  /** The last version of every product before. */
  version: number;
  milliseconds: number;
}

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== ROUTE) return worker.fetch(request, env, ctx);
    return Response.json(await drive(env, await request.json<Drive>()));
  },
} satisfies ExportedHandler<Env>;

async function drive(env: Env, { productIds, shards, events, version, milliseconds }: Drive) {
  const endsAt = Date.now() + milliseconds;
  let appended = 0;
  let highest = version;
  const sendOverAndOver = async (productId: string) => {
    const ledger = env.LEDGER.getByName(`ledger:${shardOf(productId, shards)}`);
    for (let from = version; Date.now() < endsAt; from += events) {
      const answer = await ledger.append(entryOf(productId, from, events));
      if (!answer.ok) throw new Error(answer.reason);
      appended += events;
      highest = Math.max(highest, from + events);
    }
  };
  await Promise.all(productIds.map(sendOverAndOver));
  return { appended, version: highest };
}

/** Holds of one unit, as a product's object sends them. */
function entryOf(productId: string, fromVersion: number, events: number): BookEntry {
  const toVersion = fromVersion + events;
  const versions = Array.from({ length: events }, (_, index) => fromVersion + index + 1);
  const reserved = toVersion;
  const level = { locationId: "main", onHand: 1_000_000, reserved, safetyStock: 0, backorderLimit: 0 };
  const stock = {
    productId,
    onHand: level.onHand,
    reserved,
    available: level.onHand - reserved,
    onShelf: level.onHand,
    availability: "in_stock",
    levels: JSON.stringify([level]),
    nextExpiryAtMs: null,
    version: toVersion,
    stockUpdatedAtMs: Date.now(),
  };
  const held = versions.map((version) => JSON.stringify(holdOf(productId, version)));
  return {
    productId,
    events: held.join(","),
    fromVersion,
    toVersion,
    stock: JSON.stringify(stock),
    catalog: null,
  };
}

function holdOf(productId: string, version: number) {
  const at = new Date().toISOString();
  const name = `${productId}~${String(version).padStart(26, "0")}`;
  return {
    id: `${productId}:${version}`,
    type: "reservation.held",
    productId,
    version,
    at,
    actor: "key:bench",
    data: {
      reservationId: name,
      orderId: name,
      customerId: null,
      locationId: "main",
      state: "held",
      quantity: 1,
      held: 1,
      confirmed: 0,
      released: 0,
      returned: 0,
      expiresAt: at,
      createdAt: at,
      metadata: null,
    },
    level: { locationId: "main", onHand: 1_000_000, reserved: version, available: 1_000_000 - version },
  };
}
