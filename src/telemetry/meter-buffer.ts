/**
 * What this isolate has measured since its last flush. Measuring is adding up in memory; the flush to the Meter comes about a
 * second later, off everybody's path (`waitUntil`), and nobody waits for it. What is on its way stays here under its number until
 * the Meter has it for good, so a flush that is sent twice counts once, and nothing is lost but with the isolate. There is at most
 * one on its way, and what comes meanwhile adds up in the same series: memory is bounded however long the Meter is away.
 */
import { waitUntil } from "cloudflare:workers";
import {
  MAX_SERIES,
  METER_BACKOFF,
  METER_CALL_TIMEOUT_MS,
  METER_FLUSH_LOST_MS,
  METER_FLUSH_MS,
} from "../limits/metrics";
import { pause, withTimeout } from "../timeout";
import { bucketsOf, type CounterName, type HistogramName, type LabelsOf } from "./instruments";
import { logError } from "./log";
import { emptyDistribution, keyOf, observeIn, type Distribution, type Measurements } from "./series";

/** An isolate's measurements, by the numbers of its flushes, from 1 on. */
export interface Flush extends Measurements {
  reporter: string;
  seq: number;
}

/** A series that is counted often: whoever keeps it need not look for it. */
export class Counter {
  pending = 0;

  add(by = 1): void {
    this.pending += by;
    isDirty = true;
  }
}

class Observed {
  pending: Distribution;

  constructor(readonly buckets: readonly number[]) {
    this.pending = emptyDistribution(buckets);
  }

  observe(value: number): void {
    observeIn(this.pending, this.buckets, value);
    isDirty = true;
  }
}

const counterByKey = new Map<string, Counter>();
const observedByKey = new Map<string, Observed>();
let isDirty = false;

/** Made when it is first needed: the platform gives no randomness while a Worker starts. */
let reporter: string | undefined;
let seq = 0;
let onItsWay: Flush | undefined;
let failures = 0;
/** No flush begins before, and one that began is awaited until then. */
let notBefore = 0;

/** For good: it is the same after every flush. */
export function counter<Name extends CounterName>(name: Name, labels: LabelsOf<Name>): Counter {
  const key = keyOf(name, labels);
  const known = counterByKey.get(key);
  if (known) return known;
  if (isFull()) return dropped();
  const made = new Counter();
  counterByKey.set(key, made);
  return made;
}

/** As `counter`. */
export function observed<Name extends HistogramName>(
  name: Name,
  labels: LabelsOf<Name>,
): { observe(value: number): void } {
  const key = keyOf(name, labels);
  const known = observedByKey.get(key);
  if (known) return known;
  const made = new Observed(bucketsOf(name) ?? []);
  if (isFull()) dropped().add();
  else observedByKey.set(key, made);
  return made;
}

export function count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by = 1): void {
  if (by !== 0) counter(name, labels).add(by);
}

export function observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void {
  observed(name, labels).observe(value);
}

function isFull(): boolean {
  return counterByKey.size + observedByKey.size >= MAX_SERIES;
}

/** Past the bound everything is counted here. */
function dropped(): Counter {
  const key = "holdfast_metrics_dropped_total";
  const known = counterByKey.get(key) ?? new Counter();
  counterByKey.set(key, known);
  return known;
}

/** Costs a comparison or two where nothing is due. */
export function flushSoon(env: Env): void {
  if (!isDirty && !onItsWay) return;
  const now = Date.now();
  if (now < notBefore) return;
  // Whoever began a flush may have been ended with its request: then another begins once this is over.
  notBefore = now + METER_FLUSH_LOST_MS;
  waitUntil(flushAll(env));
}

/** Until nothing is left: whoever counts last may have no successor. Never rejects. */
async function flushAll(env: Env): Promise<void> {
  // A clock that goes on whatever the wall's does: an object that is to end waits for this.
  const until = performance.now() + METER_FLUSH_LOST_MS - METER_CALL_TIMEOUT_MS;
  try {
    do {
      await pause(METER_FLUSH_MS);
      const flush = (onItsWay ??= takeAll());
      const added = Promise.resolve(env.METER.getByName("meter").add(flush));
      await withTimeout(added, METER_CALL_TIMEOUT_MS, "Meter");
      if (onItsWay === flush) onItsWay = undefined;
      failures = 0;
    } while (isDirty && performance.now() < until);
    notBefore = 0;
  } catch (error) {
    failures += 1;
    if (failures === 1) logError("metrics not flushed", error);
    count("holdfast_metrics_flush_failures_total", {});
    notBefore = Date.now() + waitMs();
  }
}

function waitMs(): number {
  const { minMs, maxMs, spread } = METER_BACKOFF;
  const fullMs = Math.min(maxMs, minMs * 2 ** (failures - 1));
  return fullMs * (spread[0] + (spread[1] - spread[0]) * Math.random());
}

function takeAll(): Flush {
  reporter ??= crypto.randomUUID();
  seq += 1;
  const flush: Flush = { reporter, seq, numbers: {}, distributions: {} };
  for (const [key, one] of counterByKey) {
    if (one.pending === 0) continue;
    flush.numbers[key] = one.pending;
    one.pending = 0;
  }
  for (const [key, one] of observedByKey) {
    if (one.pending.counts.every((number) => number === 0)) continue;
    flush.distributions[key] = one.pending;
    one.pending = emptyDistribution(one.buckets);
  }
  isDirty = false;
  return flush;
}
