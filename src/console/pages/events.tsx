/** The log of the book: as it grows, or at one place of it. */
import { useLocation } from "preact-iso";
import { EventsAt } from "./events-at.tsx";
import { EventsNow } from "./events-now.tsx";
import { Notice } from "../parts/notice.tsx";
import { Page } from "../parts/page.tsx";
import { lacks } from "../session.ts";

export function EventsPage() {
  const { query } = useLocation();
  if (lacks("events:read"))
    return (
      <Page title="Events">
        <Notice kind="warn" title="This key may not see the log">
          <p>
            It needs the scope <code>events:read</code>.
          </p>
        </Notice>
      </Page>
    );
  const at = Number(query["at"]);
  return query["at"] !== undefined && Number.isSafeInteger(at) && at > 0 ? (
    <EventsAt at={at} words={query["q"] ?? ""} />
  ) : (
    <EventsNow words={query["q"] ?? ""} />
  );
}
