/** Load at a pace of its own, whether or not the answers keep up: what is late shows as late. */
import { setTimeout as sleep } from "node:timers/promises";

const TICK_MS = 10;

interface PacedLoad {
  perSecond: number;
  seconds: number;
  /** Rejects when it is not answered as it should be. */
  ask: (index: number) => Promise<unknown>;
}

/** Answers how many were asked. */
export async function paced({ perSecond, seconds, ask }: PacedLoad): Promise<number> {
  const startedAt = performance.now();
  const asked: Promise<unknown>[] = [];
  const total = Math.round(perSecond * seconds);
  while (asked.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * perSecond) + 1);
    while (asked.length < due) asked.push(ask(asked.length));
    await sleep(TICK_MS);
  }
  await Promise.all(asked);
  return total;
}
