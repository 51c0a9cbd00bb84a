/**
 * The frame of every page. Nothing in it runs: the policy allows no script at all, and styles and pictures of this host only.
 * Whatever comes from a catalog is text that anybody may have written: it is escaped by being a child or an attribute, and
 * stands in a `bdi`, so that letters of the other direction move nothing around it.
 */
import type { Child } from "hono/jsx";
import { withoutDirections } from "./text";

const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export const PAGE_HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": POLICY,
  "Referrer-Policy": "no-referrer",
};

interface PageProps {
  title: string;
  children: Child;
  /** The same as JSON. */
  json?: string;
}

export function htmlOf(page: PageProps): string {
  return `<!doctype html>${(<Page {...page} />).toString()}`;
}

function Page({ title, children, json }: PageProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${withoutDirections(title)} · Holdfast`}</title>
        <link rel="icon" href="/views/icon.svg" />
        <link rel="stylesheet" href="/views/style.css" />
        {json !== undefined && <link rel="alternate" type="application/json" href={json} />}
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <header class="bar">
          <a class="brand" href="/">
            <Anchor />
            Holdfast
          </a>
          <nav aria-label="Main">
            <a href="/inventory/assets">Assets</a>
            <a href="/docs/">API</a>
          </nav>
        </header>
        <main id="content">{children}</main>
        {json !== undefined && (
          <footer>
            <a href={json} type="application/json">
              This page as JSON
            </a>
          </footer>
        )}
      </body>
    </html>
  );
}

/** Lucide's anchor (ISC). */
function Anchor() {
  return (
    <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
      <path d="M12 22V8m-7 4H2a10 10 0 0 0 20 0h-3" />
      <circle cx="12" cy="5" r="3" />
    </svg>
  );
}
