/** How all that is live of one client fares: as the worst of it. */
import type { LiveState } from "./live.ts";

/** The worst first. */
const ORDER: readonly LiveState[] = ["offline", "stale", "connecting", "live"];

export function worstOf(states: readonly LiveState[], none: LiveState): LiveState {
  return ORDER.find((state) => states.includes(state)) ?? none;
}

export class LiveStates {
  readonly #stateByConnection = new Map<object, LiveState>();
  readonly #onState: (state: LiveState) => void;
  #last: LiveState = "closed";

  constructor(onState: (state: LiveState) => void) {
    this.#onState = onState;
  }

  set(connection: object, state: LiveState): void {
    if (state === "closed") this.#stateByConnection.delete(connection);
    else this.#stateByConnection.set(connection, state);
    const worst = worstOf([...this.#stateByConnection.values()], "closed");
    if (worst === this.#last) return;
    this.#last = worst;
    this.#onState(worst);
  }
}
