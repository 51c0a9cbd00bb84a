/**
 * How many requests each client has made in this minute of the clock, as one isolate counts them: nothing is awaited, so
 * the count is exact however many requests run at once. The isolates of a place share what they know through the
 * platform's rate limiter, behind the requests: each time a client has used up another twentieth of its allowance, that
 * takes one of the twenty that the limiter has for it. Where it refuses, the place has spent them all, and the client is
 * refused here for the rest of the minute. So a place may let through a little more than the limit, never less.
 */
import { MAX_CLIENTS_COUNTED, RATE_LIMIT_SHARES, RATE_LIMIT_WINDOW_MS } from "../../limits/rate";
import { logError } from "../../telemetry/log";

export interface Policy {
  readonly name: "ip" | "global" | "admin";
  /** Requests a minute. */
  readonly quota: number;
}

export interface Window {
  readonly clientId: string;
  readonly policy: Policy;
  allowed: number;
  refused: number;
  sharesTaken: number;
  /** The other isolates of this place have let through the rest. */
  isSpent: boolean;
}

/** What a request is counted as, the first that is full deciding: a client by its address, or everybody. */
export interface Claim {
  readonly policy: Policy;
  readonly clientId: string;
}

export interface Standing {
  windows: readonly Window[];
  /** The one that has no room for this request. */
  full?: Window;
  endsMs: number;
}

export class RateWindows {
  #startMs = 0;
  readonly #windowByKey = new Map<string, Window>();

  /** Counts a request, or refuses it; one that is refused takes nothing from any allowance. */
  take(claims: readonly Claim[], nowMs: number): Standing {
    this.#begin(nowMs);
    const endsMs = this.#startMs + RATE_LIMIT_WINDOW_MS;
    const windows = claims.map((claim) => this.#windowOf(claim));
    const full = windows.find(isFull);
    if (full) {
      full.refused += 1;
      return { windows, full, endsMs };
    }
    for (const window of windows) window.allowed += 1;
    return { windows, endsMs };
  }

  /** Of this minute, those with most requests first. */
  windows(nowMs: number): { startMs: number; windows: readonly Window[] } {
    this.#begin(nowMs);
    const windows = [...this.#windowByKey.values()];
    return { startMs: this.#startMs, windows: windows.toSorted((a, b) => sent(b) - sent(a)) };
  }

  #begin(nowMs: number): void {
    const startMs = nowMs - (nowMs % RATE_LIMIT_WINDOW_MS);
    if (startMs === this.#startMs) return;
    this.#startMs = startMs;
    this.#windowByKey.clear();
  }

  #windowOf({ policy, clientId }: Claim): Window {
    const key = `${policy.name} ${clientId}`;
    const known = this.#windowByKey.get(key);
    if (known) return known;
    const [oldest] = this.#windowByKey.size < MAX_CLIENTS_COUNTED ? [] : this.#windowByKey.keys();
    if (oldest !== undefined) this.#windowByKey.delete(oldest);
    const window = { clientId, policy, allowed: 0, refused: 0, sharesTaken: 0, isSpent: false };
    this.#windowByKey.set(key, window);
    return window;
  }
}

export function isFull({ allowed, policy, isSpent }: Window): boolean {
  return isSpent || allowed >= policy.quota;
}

export function remaining(window: Window): number {
  return isFull(window) ? 0 : window.policy.quota - window.allowed;
}

export function sent({ allowed, refused }: Window): number {
  return allowed + refused;
}

/** What the window has used since it was last asked, in the limiter's twentieths; none: nothing to say. */
export function dueShares(window: Window): number {
  const used = Math.floor((window.allowed * RATE_LIMIT_SHARES) / window.policy.quota);
  const due = used - window.sharesTaken;
  window.sharesTaken = used;
  return due;
}

/** A limiter that fails refuses nobody. */
export async function takeShares(window: Window, shares: number, limiter: RateLimit): Promise<void> {
  const key = `${window.policy.name} ${window.clientId}`;
  try {
    const outcomes = await Promise.all(Array.from({ length: shares }, () => limiter.limit({ key })));
    if (outcomes.some(({ success }) => !success)) window.isSpent = true;
  } catch (error) {
    logError("rate limiter not reached", error, { policy: window.policy.name });
  }
}
