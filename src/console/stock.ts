/**
 * The numbers of products: a signal each, fed by answers and by the live socket alike. What the socket brings within a beat is
 * applied in one batch, an answer at once; an older version never replaces a newer one.
 */
import type { Availability } from "../client/wire.ts";
import { batch, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { onBeat } from "./beat.ts";

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

  /** `schedule` calls back once, soon. */
  constructor(schedule: (apply: () => void) => void) {
    this.#schedule = schedule;
  }

  of(productId: string): ReadonlySignal<Numbers | undefined> {
    return this.#signalOf(productId);
  }

  /** To be shown soon. */
  offer(numbers: Numbers): void {
    this.#keep(numbers);
    this.#schedule(this.#apply);
  }

  /** To be shown at once: somebody has asked for them. */
  show(...all: readonly Numbers[]): void {
    for (const numbers of all) this.#keep(numbers);
    this.#apply();
  }

  #keep(numbers: Numbers): void {
    const waits = this.#waiting.get(numbers.productId);
    if (waits && waits.version > numbers.version) return;
    this.#waiting.set(numbers.productId, { ...waits, ...numbers });
  }

  readonly #apply = (): void => {
    const arrived = [...this.#waiting.values()];
    this.#waiting.clear();
    batch(() => {
      for (const numbers of arrived) {
        const shown = this.#signalOf(numbers.productId);
        const before = shown.peek();
        if (before && before.version > numbers.version) continue;
        if (before && isSame(before, numbers)) continue;
        shown.value = { ...(before?.version === numbers.version && before), ...numbers };
      }
    });
  };

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
export const stock = new StockNumbers(onBeat);
