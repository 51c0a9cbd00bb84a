/**
 * One object, "demand": what was refused and what was searched for, as the Workers add it up. It is for reports alone: nothing
 * waits for it, and a crash loses what came in the seconds before.
 */
import { DurableObject } from "cloudflare:workers";
import type { DemandAnswer, DemandDelta, DemandQuery, DemandRankingQuery } from "../../domain/demand";
import { DEMAND_WRITE_MS } from "../../limits/reports";
import { Pump } from "../flow/pump";
import { DemandCounts } from "./demand-counts";

export class DemandObject extends DurableObject<Env> {
  readonly #counts = new DemandCounts(this.ctx.storage);
  readonly #writes = new Pump({
    gatherMs: DEMAND_WRITE_MS,
    pass: () => {
      this.#counts.write(Date.now());
      return undefined;
    },
  });

  /** Called again with the same it counts twice. */
  add(deltas: readonly DemandDelta[]): void {
    this.#counts.add(deltas, Date.now());
    this.#writes.wake();
  }

  ranking(query: DemandRankingQuery): DemandAnswer {
    return this.#counts.ranking(query);
  }

  /** Of these names, those that are known, in no order. */
  named(query: DemandQuery, names: readonly string[]): DemandAnswer {
    return this.#counts.named(query, names);
  }
}
