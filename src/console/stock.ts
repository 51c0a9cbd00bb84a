/**
 * The numbers of products: a signal each, fed by answers and by the live socket alike. What comes within a frame is applied
 * in one batch; an older version never replaces a newer one.
 */
import type { Availability } from "../client/wire.ts";
import { batch, signal, type ReadonlySignal, type Signal } from "@preact/signals";

export interface Numbers {
  productId: string;
  version: number;
  onHand: number;
  reserved: number;
  available: number;
  /** As the live socket says; answers leave it out. */
  availability?: Availability;
  /** When, in milliseconds, it was so. */
  atMs?: number;
}

export class StockNumbers {
  readonly #signals = new Map<string, Signal<Numbers | undefined>>();
  readonly #waiting = new Map<string, Numbers>();
  readonly #schedule: (apply: () => void) => void;

  /** `schedule` calls back once, soon: at the next frame. */
  constructor(schedule: (apply: () => void) => void) {
    this.#schedule = schedule;
  }

  of(productId: string): ReadonlySignal<Numbers | undefined> {
    return this.#signalOf(productId);
  }

  /** To be shown with the next frame. */
  offer(numbers: Numbers): void {
    const waits = this.#waiting.get(numbers.productId);
    if (waits && waits.version > numbers.version) return;
    this.#waiting.set(numbers.productId, { ...waits, ...numbers });
    if (this.#waiting.size === 1 && !waits) this.#schedule(() => this.apply());
  }

  apply(): void {
    batch(() => {
      for (const numbers of this.#waiting.values()) {
        const shown = this.#signalOf(numbers.productId);
        const before = shown.peek();
        if (before && before.version > numbers.version) continue;
        if (before && isSame(before, numbers)) continue;
        shown.value = { ...(before?.version === numbers.version && before), ...numbers };
      }
    });
    this.#waiting.clear();
  }

  /** Of another key: what this one may see is asked again. */
  clear(): void {
    this.#waiting.clear();
    batch(() => {
      for (const shown of this.#signals.values()) shown.value = undefined;
    });
  }

  #signalOf(productId: string): Signal<Numbers | undefined> {
    const known = this.#signals.get(productId);
    if (known) return known;
    const made = signal<Numbers | undefined>(undefined);
    this.#signals.set(productId, made);
    return made;
  }
}

function isSame(before: Numbers, after: Numbers): boolean {
  return (
    before.version === after.version &&
    before.onHand === after.onHand &&
    before.reserved === after.reserved &&
    before.available === after.available &&
    (after.availability ?? before.availability) === before.availability
  );
}

/** A hidden tab has no frames: what it missed is drawn once when it is shown. */
export const stock = new StockNumbers((apply) => requestAnimationFrame(apply));
