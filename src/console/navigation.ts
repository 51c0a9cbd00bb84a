/** How one came to the page that is shown: by a link within the console, or by opening it. */

let navigations = 0;

export function noteNavigation(): void {
  navigations += 1;
}

/** The first page leaves the focus where the browser has it. */
export function hasNavigated(): boolean {
  return navigations > 0;
}

/** Paths of the console; all others are the browser's to open. */
export const CONSOLE_PATHS = /^\/(?:$|\?|#|console(?:$|[/?#]))/;

export function productPath(productId: string): string {
  return `/console/products/${encodeURIComponent(productId)}`;
}

const VIEWS: readonly (readonly [path: RegExp, console: (id: string, search: string) => string])[] = [
  [/^\/console\/?$/, (_, search) => `/${search}`],
  [/^\/inventory\/assets(?:\/search)?$/, (_, search) => `/${search ? `${search}&` : "?"}kind=asset`],
  [/^\/(?:v1\/products|inventory\/assets)\/([^/]+)$/, (id) => `/console/products/${id}`],
  [/^\/(?:brick-api\/)?inventory\/([^/]+)$/, (id) => `/console/products/${id}?set`],
];

/** Where in the console another path leads: one without a page, or a read view's, to a browser without a key. */
export function consolePathOf({
  pathname,
  search,
}: {
  pathname: string;
  search: string;
}): string | undefined {
  for (const [path, leadsTo] of VIEWS) {
    const [found, id = ""] = path.exec(pathname) ?? [];
    if (found !== undefined) return leadsTo(id, search);
  }
  return undefined;
}
