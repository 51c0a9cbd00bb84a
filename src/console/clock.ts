/**
 * The service's clock, as well as it is known here: countdowns must not depend on how a machine's own clock is set. The `Date` of
 * answers decides; where there is none, the time in the newest live message.
 */
import { computed, signal } from "@preact/signals";

let offsetMs = 0;
let hasDate = false;

/** Of an answer that was asked for and came at these times of the own clock. `Date` has whole seconds. */
export function noteDate(header: string | null, askedAtMs: number, answeredAtMs: number): void {
  const at = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(at)) return;
  const estimate = at + 500 - (askedAtMs + answeredAtMs) / 2;
  // Within what is not known, a clock that stays is better than one that wanders.
  if (hasDate && Math.abs(estimate - offsetMs) < 1000) return;
  hasDate = true;
  offsetMs = estimate;
}

/** Of a change that has just been made. */
export function noteChangeAt(atMs: number): void {
  if (!hasDate && Math.abs(atMs - Date.now() - offsetMs) > 2000) offsetMs = atMs - Date.now();
}

export function serviceNow(): number {
  return Date.now() + offsetMs;
}

let timer: ReturnType<typeof setInterval> | undefined;

/** The service's time, moving once a second while somebody looks. */
export const now = signal(serviceNow(), {
  watched() {
    now.value = serviceNow();
    timer = setInterval(() => {
      now.value = serviceNow();
    }, 1000);
  },
  unwatched() {
    clearInterval(timer);
  },
});

/** For ages, which nobody reads to the second. */
export const slowNow = computed(() => Math.floor(now.value / 5000) * 5000);
