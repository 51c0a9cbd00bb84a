/** Documents are stored as the release that wrote them knew them, and read as today's. */

/** What the document is older than has its default, and what is no longer known is dropped. */
export function withDefaults<T extends object>(defaults: T, stored: object): T {
  const known = Object.keys(defaults).filter((name) => Object.hasOwn(stored, name));
  return { ...defaults, ...Object.fromEntries(known.map((name) => [name, Reflect.get(stored, name)])) };
}
