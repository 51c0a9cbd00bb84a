/** One place of the log: the event with this offset among those around it. */
import { useLocation } from "preact-iso";
import { useEffect } from "preact/hooks";
import { isProblem } from "../../client/problem.ts";
import type { BookEvent } from "../../client/wire-events.ts";
import { holdfast } from "../connection.ts";
import { shownNumber } from "../format.ts";
import { Button } from "../parts/button.tsx";
import { LoadFailure, Notice } from "../parts/notice.tsx";
import { useResource } from "../resource.ts";
import { EventsFrame, eventsPath } from "./events-frame.tsx";

const AROUND = 50;

/** The newest first. */
async function readAround(at: number, signal: AbortSignal): Promise<BookEvent[]> {
  const read = async (offset: number) => {
    const limit = at + AROUND - offset;
    const { events } = await holdfast.readEvents({ offset, limit }, { signal });
    return events.toReversed();
  };
  try {
    return await read(Math.max(1, at - AROUND));
  } catch (error) {
    if (!isProblem(error, "offset_expired") || error.problem.oldestOffset > at) throw error;
    return read(error.problem.oldestOffset);
  }
}

export function EventsAt({ at, words }: { at: number; words: string }) {
  const { route } = useLocation();
  const { data, error, isLoading, reload } = useResource(`events ${at}`, (signal) => readAround(at, signal));
  useEffect(() => {
    // A row is no link: it is shown, and the focus stays.
    document.querySelector(".is-found")?.scrollIntoView({ block: "center" });
  }, [data === undefined, at]);
  const go = (to: number) => route(eventsPath({ words, at: Math.max(1, to) }));
  const [newest, oldest] = [data?.at(0)?.offset, data?.at(-1)?.offset];
  return (
    <EventsFrame
      words={words}
      at={at}
      events={error === undefined ? data : (data ?? [])}
      isBusy={isLoading}
      empty={error === undefined ? `The log ends before offset ${shownNumber(at)}.` : "No events are shown."}
      end={
        <>
          <Button disabled={oldest === undefined || oldest <= 1} onClick={() => go(at - 2 * AROUND)}>
            Older
          </Button>
          <Button
            disabled={newest === undefined || newest < at + AROUND - 1}
            onClick={() => go(at + 2 * AROUND)}
          >
            Newer
          </Button>
          <Button kind="primary" icon="play" onClick={() => route(eventsPath({ words }))}>
            Now
          </Button>
        </>
      }
    >
      {isProblem(error, "offset_expired") ? (
        <Expired oldest={error.problem.oldestOffset} onGo={go} />
      ) : (
        error !== undefined && <LoadFailure error={error} onRetry={reload} />
      )}
    </EventsFrame>
  );
}

function Expired({ oldest, onGo }: { oldest: number; onGo: (offset: number) => void }) {
  return (
    <Notice kind="warn" title="Events from so long ago are no longer kept" isAlert>
      <p>The oldest that is kept has offset {shownNumber(oldest)}.</p>
      <Button size="compact" onClick={() => onGo(oldest)}>
        Go there
      </Button>
    </Notice>
  );
}
