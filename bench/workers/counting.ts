/**
 * The real Worker with the platform's own counters read beside it: rows that SQLite says each statement wrote
 * (`SqlStorageCursor.rowsWritten`, D1's `meta.rows_written`), alarms set, calls of objects and for how long they keep
 * objects awake, entries put into KV. A route moves the clock, since a life of a hold takes as long as it is remembered.
 */
import worker, * as real from "../../src/worker";
import { watchCallers, watchTimers } from "./awake";
import { bookRows, counters, countCalls, countPuts, countStorage, takeCounts } from "./counters";

const { LedgerObject: RealLedger, ProductObject: RealProduct } = real;

const RealDate = Date;
let shiftMs = 0;

const now = () => RealDate.now() + shiftMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, parts, newTarget): Date =>
    Reflect.construct(target, parts.length === 0 ? [now()] : parts, newTarget),
  get: (target, name): unknown => (name === "now" ? now : Reflect.get(target, name)),
});

export * from "../../src/worker";

export class LedgerObject extends RealLedger {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage, "ledger");
    bookRows(env.BOOK);
    super(ctx, env);
  }
}

export class ProductObject extends RealProduct {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage, "product");
    countPuts(env.CATALOG);
    super(ctx, env);
  }

  /**
   * Lives through the alarms that fall due before `horizonMs`, each at its own moment, as the platform would
   * run them. After `mostAlarms` it skips to the horizon and runs one last: such a product never rests.
   */
  async benchLiveUntil(horizonMs: number, mostAlarms: number): Promise<void> {
    for (let run = 0; run <= mostAlarms; run++) {
      const at = await this.ctx.storage.getAlarm();
      if (at === null || at > horizonMs) return;
      const restless = run === mostAlarms;
      if (restless) counters.restless += 1;
      shiftMs = Math.max(shiftMs, (restless ? horizonMs : at) - RealDate.now());
      counters.alarmsRun += 1;
      // The platform clears an alarm before it runs it.
      await this.ctx.storage.deleteAlarm();
      await this.alarm();
    }
  }
}

const { default: _, LedgerObject: _ledger, ProductObject: _product, ...others } = real;
countCalls(RealLedger, "ledger");
countCalls(RealProduct, "product");
for (const other of Object.values(others)) countCalls(other, "other");
watchTimers();

type CountingEnv = Omit<Env, "PRODUCT"> & { PRODUCT: DurableObjectNamespace<ProductObject> };

interface LiveUntil {
  productId: string;
  days: number;
  mostAlarms: number;
}

export default {
  async fetch(request, env, ctx) {
    watchCallers(env.METER);
    const { pathname } = new URL(request.url);
    if (pathname === "/bench/counts") return Response.json(takeCounts());
    if (pathname === "/bench/forward") {
      shiftMs += await request.json<number>();
      return Response.json(Date.now());
    }
    if (pathname === "/bench/live") {
      const { productId, days, mostAlarms } = await request.json<LiveUntil>();
      await env.PRODUCT.getByName(productId).benchLiveUntil(Date.now() + days * 86_400_000, mostAlarms);
      return Response.json(Date.now());
    }
    return worker.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<CountingEnv>;
