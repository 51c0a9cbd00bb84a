/**
 * Paths without parameters are found by name, all others by one regular expression. The framework's own
 * fast router knows no `/products/export` beside `/products/:id`, and would leave every request to a slower
 * one. There is no middleware here: what every request passes is in `route.ts`.
 */
import { METHOD_NAME_ALL, type Result, type Router } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";

export class ExactFirstRouter<T> implements Router<T> {
  readonly name = "ExactFirstRouter";
  readonly #exact = new Map<string, Map<string, Result<T>>>();
  readonly #patterns = new RegExpRouter<T>();

  /** Throws for what would have to run beside another handler. */
  add(method: string, path: string, handler: T): void {
    if (method === METHOD_NAME_ALL) throw new Error(`${path}: no handler is for all methods`);
    if (/[:*]/.test(path)) return this.#patterns.add(method, path, handler);
    const byMethod = this.#exact.get(path) ?? new Map<string, Result<T>>();
    this.#exact.set(path, byMethod.set(method, [[[handler, {}]]]));
  }

  /** A word is never taken for an id, also where it does not take the method. */
  match(method: string, path: string): Result<T> {
    const byMethod = this.#exact.get(path);
    return byMethod ? (byMethod.get(method) ?? [[]]) : this.#patterns.match(method, path);
  }
}
