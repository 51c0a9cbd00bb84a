/**
 * The real objects behind one more route, which drives the object of a product from inside workerd: many
 * callers, each sending lists of reservations one after the other. Everything else goes to the real Worker.
 */
import type { Envelope } from "../../src/domain/command";
import worker from "../../src/worker";

export * from "../../src/worker";

const ROUTE = "/bench/command-lists";
const HOLD_TTL_SECONDS = 900;

interface Drive {
  productId: string;
  /** Commands a call. */
  size: number;
  callers: number;
  milliseconds: number;
  /** Of all callers together: no new call begins once so many commands were sent. */
  most?: number;
  /** A word that no other drive uses. */
  run: string;
}

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== ROUTE) return worker.fetch(request, env, ctx);
    return Response.json(await driveLists(env, await request.json<Drive>()));
  },
} satisfies ExportedHandler<Env>;

async function driveLists(env: Env, drive: Drive): Promise<{ applied: number; refused: number }> {
  const product = env.PRODUCT.getByName(drive.productId);
  const endsAt = Date.now() + drive.milliseconds;
  const most = drive.most ?? Number.POSITIVE_INFINITY;
  let sent = 0;
  let applied = 0;
  let refused = 0;
  const callOverAndOver = async (caller: number) => {
    for (let call = 0; Date.now() < endsAt && sent < most; call++) {
      sent += drive.size;
      const list = Array.from({ length: drive.size }, (_, row) =>
        reserve(`${drive.run}-${caller}-${call}-${row}`),
      );
      for (const { ok } of await product.execute(list)) {
        if (ok) applied += 1;
        else refused += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: drive.callers }, (_, caller) => callOverAndOver(caller)));
  return { applied, refused };
}

function reserve(name: string): Envelope {
  return {
    command: {
      verb: "reserve",
      quantity: 1,
      orderId: name,
      locationIds: ["main"],
      anyLocation: true,
      ttlSeconds: HOLD_TTL_SECONDS,
    },
    actor: "key:bench",
    clamped: false,
    key: { id: `bench:${name}`, fingerprint: name.padEnd(64, "0") },
  };
}
