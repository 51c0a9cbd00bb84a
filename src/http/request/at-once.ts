/** At once where memory knows: a promise, and the turn until it is heard, are a good part of what a read costs. */
export type AtOnce<T> = T | Promise<T>;

/** What `make` makes of what was found. */
export function andThen<T, R>(found: AtOnce<T>, make: (value: T) => AtOnce<R>): AtOnce<R> {
  return found instanceof Promise ? found.then(make) : make(found);
}
