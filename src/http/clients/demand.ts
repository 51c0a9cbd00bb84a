/**
 * Demand that leaves no event: this isolate adds up what was refused and what was searched for, in bounded room, and sends it
 * to the demand object off the way of any request, at most about once a second. What cannot be sent is lost, and counted as lost.
 */
import { waitUntil } from "cloudflare:workers";
import {
  DEMAND_KINDS,
  type DemandAnswer,
  type DemandDelta,
  type DemandKind,
  type DemandQuery,
  type DemandRankingQuery,
  type Tally,
} from "../../domain/demand";
import type { Shortage } from "../../domain/refusal";
import {
  DEMAND_CALL_TIMEOUT_MS,
  DEMAND_FLUSH_MS,
  MAX_DEMAND_NAMES_PER_FLUSH,
  MAX_SEARCH_CHARS_COUNTED,
} from "../../limits/reports";
import { queryWords } from "../../search/words";
import { logError } from "../../telemetry/log";
import { pause, withTimeout } from "../../timeout";
import { reach } from "./reach";

/** What is not sent yet. */
export class DemandBuffer {
  readonly #tallyByName = new Map<DemandKind, Map<string, Tally>>();
  readonly #lost = new Map<DemandKind, number>();

  add(kind: DemandKind, name: string, units: number): void {
    let tallies = this.#tallyByName.get(kind);
    if (!tallies) this.#tallyByName.set(kind, (tallies = new Map()));
    const known = tallies.get(name);
    if (known) {
      known.count += 1;
      known.units += units;
    } else if (tallies.size < MAX_DEMAND_NAMES_PER_FLUSH) {
      tallies.set(name, { name, count: 1, units });
    } else this.lose(kind, 1);
  }

  lose(kind: DemandKind, count: number): void {
    this.#lost.set(kind, (this.#lost.get(kind) ?? 0) + count);
  }

  take(): DemandDelta[] {
    const deltas = DEMAND_KINDS.map((kind): DemandDelta => {
      return {
        kind,
        tallies: [...(this.#tallyByName.get(kind)?.values() ?? [])],
        lost: this.#lost.get(kind) ?? 0,
      };
    });
    this.#tallyByName.clear();
    this.#lost.clear();
    return deltas.filter(({ tallies, lost }) => tallies.length > 0 || lost > 0);
  }
}

const buffer = new DemandBuffer();
/** Until then somebody is about to send; after that he will not any more. */
let sentByMs = 0;

/** Units that were asked for and are not there. */
export function countRefused(env: Env, shortages: readonly Shortage[]): void {
  for (const { productId, requested } of shortages) buffer.add("refused", productId, requested);
  sendSoon(env);
}

/** What somebody typed, and whether anything was found. Counted are its words alone, and only if they are few. */
export function countSearch(env: Env, q: string, found: boolean): void {
  const words = queryWords(q).join(" ");
  if (words === "" || words.length > MAX_SEARCH_CHARS_COUNTED) return;
  buffer.add("searched", words, 0);
  if (!found) buffer.add("unfound", words, 0);
  sendSoon(env);
}

function sendSoon(env: Env): void {
  const now = Date.now();
  const leftMs = sentByMs - now;
  // The clock may have been set back.
  if (leftMs > 0 && leftMs <= 2 * DEMAND_FLUSH_MS) return;
  sentByMs = now + 2 * DEMAND_FLUSH_MS;
  waitUntil(send(env));
}

/** Never rejects. */
async function send(env: Env): Promise<void> {
  await pause(DEMAND_FLUSH_MS);
  sentByMs = 0;
  const deltas = buffer.take();
  try {
    await withTimeout(Promise.resolve(demand(env).add(deltas)), DEMAND_CALL_TIMEOUT_MS, "demand");
  } catch (error) {
    // It may have arrived: counted twice it would be too much, as lost it is only less exact.
    for (const { kind, tallies, lost } of deltas) {
      buffer.lose(
        kind,
        tallies.reduce((sum, { count }) => sum + count, lost),
      );
    }
    logError("refusals and searches not counted", error);
  }
}

function demand(env: Env) {
  return env.DEMAND.getByName("demand");
}

/** Throws a problem (503). */
export function rankDemand(env: Env, query: DemandRankingQuery): Promise<DemandAnswer> {
  return asked(async () => demand(env).ranking(query));
}

/** Of these names, those that are known. Throws a problem (503). */
export function demandOf(env: Env, query: DemandQuery, names: readonly string[]): Promise<DemandAnswer> {
  return asked(async () => demand(env).named(query, names));
}

function asked(ask: () => Promise<DemandAnswer>): Promise<DemandAnswer> {
  return reach(() => withTimeout(ask(), DEMAND_CALL_TIMEOUT_MS, "demand"), true);
}
