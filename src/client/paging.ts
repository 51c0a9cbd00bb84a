/** Lists: `for await` gives every item of every page, `await` gives one page. Nothing is asked before either. */

export interface Page<T> {
  items: T[];
  /** Null: it is the last. */
  nextCursor: string | null;
}

export type Paged<T, P extends Page<T> = Page<T>> = AsyncIterable<T> & PromiseLike<P>;

/** `read` takes the query of a page. A page may be empty and not be the last. */
export function paged<T, P extends Page<T> = Page<T>>(
  query: object | undefined,
  read: (query: object) => Promise<P>,
): Paged<T, P> {
  let first: Promise<P> | undefined;
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- to be awaited is what it is for
    then: (onPage, onError) => (first ??= read({ ...query })).then(onPage, onError),
    async *[Symbol.asyncIterator]() {
      let page = await read({ ...query });
      yield* page.items;
      while (page.nextCursor !== null) {
        page = await read({ ...query, cursor: page.nextCursor });
        yield* page.items;
      }
    },
  };
}
