/**
 * Counts what one socket says: `heed` it, say once that it is too much, ignore it, and in the end cut the socket off. And the
 * products it names, since each may cost an object.
 */
import { HUB_FLOOD_FACTOR, HUB_MAX_MESSAGES_PER_SECOND, HUB_MAX_NAMES_PER_SECOND } from "../../limits";

export class RateLimiter {
  #second = 0;
  #messages = 0;
  #names = 0;

  next(): "heed" | "warn" | "ignore" | "cut" {
    this.#tick();
    this.#messages += 1;
    if (this.#messages <= HUB_MAX_MESSAGES_PER_SECOND) return "heed";
    if (this.#messages === HUB_MAX_MESSAGES_PER_SECOND + 1) return "warn";
    return this.#messages > HUB_MAX_MESSAGES_PER_SECOND * HUB_FLOOD_FACTOR ? "cut" : "ignore";
  }

  /** False: so many more would be too many in this second. They are then not counted. */
  admits(names: number): boolean {
    this.#tick();
    if (this.#names + names > HUB_MAX_NAMES_PER_SECOND) return false;
    this.#names += names;
    return true;
  }

  #tick(): void {
    const second = Math.floor(Date.now() / 1000);
    if (second === this.#second) return;
    this.#second = second;
    this.#messages = this.#names = 0;
  }
}
