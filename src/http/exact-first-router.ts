/**
 * Paths without parameters are found by name, all others by one regular expression. The framework's own
 * fast router knows no `/products/export` beside `/products/:id`, and would leave every request to a slower
 * one. There is no middleware here: what every request passes is in `route.ts`.
 */
import { METHOD_NAME_ALL, UnsupportedPathError, type Result, type Router } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";

export class ExactFirstRouter<T> implements Router<T> {
  readonly name = "ExactFirstRouter";
  readonly #exact = new Map<string, Map<string, Result<T>>>();
  readonly #patterns = new RegExpRouter<T>();
  /** What does not fit among those: a word where another path has a parameter, as in `/things/parts/:id`. */
  readonly #besides = new RegExpRouter<T>();

  /** Throws for what would have to run beside another handler. */
  add(method: string, path: string, handler: T): void {
    if (method === METHOD_NAME_ALL) throw new Error(`${path}: no handler is for all methods`);
    if (/[:*]/.test(path)) return this.#addPattern(method, path, handler);
    const byMethod = this.#exact.get(path) ?? new Map<string, Result<T>>();
    this.#exact.set(path, byMethod.set(method, [[[handler, {}]]]));
  }

  /** A word is never taken for an id, also where it does not take the method. */
  match(method: string, path: string): Result<T> {
    const byMethod = this.#exact.get(path);
    if (byMethod) return byMethod.get(method) ?? [[]];
    const found = this.#patterns.match(method, path);
    return found[0].length > 0 ? found : this.#besides.match(method, path);
  }

  #addPattern(method: string, path: string, handler: T): void {
    try {
      this.#patterns.add(method, path, handler);
    } catch (error) {
      if (!(error instanceof UnsupportedPathError)) throw error;
      this.#besides.add(method, path, handler);
    }
  }
}
