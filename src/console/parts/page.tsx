/** What every page begins with: its heading, which takes the focus when one comes here, and the title of the tab. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { hasNavigated } from "../navigation.ts";

export interface PageProps {
  title: string;
  /** Beside the heading, quiet: how many there are. */
  count?: ComponentChildren;
  /** At the end of the heading's line: search, buttons. */
  end?: ComponentChildren;
  children: ComponentChildren;
}

export function Page({ title, count, end, children }: PageProps) {
  const heading = useHeading(title);
  return (
    <>
      <div class="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {count !== undefined && <span class="count">{count}</span>}
        {end !== undefined && <div class="end">{end}</div>}
      </div>
      {children}
    </>
  );
}

/** For a page that draws its heading itself. */
export function useHeading(title: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Holdfast`;
  }, [title]);
  const focused = useRef<Element | null>(null);
  useLayoutEffect(() => {
    focused.current = document.activeElement;
  }, []);
  useEffect(() => {
    // Who has gone on to a field meanwhile stays there.
    if (hasNavigated() && document.activeElement === focused.current)
      heading.current?.focus({ preventScroll: true });
  }, []);
  return heading;
}
