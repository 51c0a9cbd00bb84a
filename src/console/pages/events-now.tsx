/** The stream: what happens, as it happens. It can be paused, which leaves out nothing that is still kept. */
import { useEffect, useState } from "preact/hooks";
import { metaOf } from "../../client/client.ts";
import { isProblem } from "../../client/problem.ts";
import { holdfast } from "../connection.ts";
import { useEvents } from "../following.ts";
import { shownNumber } from "../format.ts";
import { useKeys } from "../keyboard.ts";
import { Button } from "../parts/button.tsx";
import { LoadMore } from "../parts/load-more.tsx";
import { LoadFailure } from "../parts/notice.tsx";
import { useResource } from "../resource.ts";
import { say } from "../saying.ts";
import { EMPTY_LOG, MAX_KEPT, paused, resumed, withEvents, withOlder, type EventLog } from "./events-log.ts";
import { EventsFrame } from "./events-frame.tsx";

const BEFORE_NOW = 100;
/** The service says then only how far its log goes. */
const PAST_THE_END = 999_999_999_999_999;

/** The offset that the stream begins with: a hundred before the end, or the oldest that is kept. */
async function beginning(signal: AbortSignal): Promise<{ from: number; end: number }> {
  const end =
    metaOf(await holdfast.readEvents({ offset: PAST_THE_END, limit: 1 }, { signal })).bookOffset ?? 0;
  const from = Math.max(1, end - BEFORE_NOW + 1);
  try {
    await holdfast.readEvents({ offset: from, limit: 1 }, { signal });
    return { from, end };
  } catch (error) {
    if (!isProblem(error, "offset_expired")) throw error;
    return { from: error.problem.oldestOffset, end };
  }
}

async function readBefore(offset: number) {
  const from = Math.max(1, offset - BEFORE_NOW);
  try {
    return (await holdfast.readEvents({ offset: from, limit: offset - from })).events;
  } catch (error) {
    if (!isProblem(error, "offset_expired")) throw error;
    const { oldestOffset } = error.problem;
    if (oldestOffset >= offset) return [];
    return (await holdfast.readEvents({ offset: oldestOffset, limit: offset - oldestOffset })).events;
  }
}

export function EventsNow({ words }: { words: string }) {
  const place = useResource("end of the log", beginning);
  const [log, setLog] = useState<EventLog>(EMPTY_LOG);
  // Where the log ended when the page was last open is not where it ends now.
  const { from, end } = (place.isOld ? undefined : place.data) ?? {};
  useEffect(() => setLog(EMPTY_LOG), [from]);
  const followed = useEvents(from, (events) => setLog((before) => withEvents(before, events)));
  const { shown, waiting, waitingCount } = log;
  const isPaused = waiting !== undefined;
  const turn = () => {
    say(isPaused ? "The stream goes on" : "The stream is paused");
    setLog(isPaused ? resumed : paused);
  };
  useKeys({ p: turn });
  const isEmpty = end === 0 && shown.length === 0;
  const isWaiting = shown.length === 0 && !isEmpty;
  const oldest = shown.at(-1)?.offset ?? 1;
  const error = place.error ?? followed.error;
  return (
    <EventsFrame
      words={words}
      events={isWaiting && error === undefined ? undefined : shown}
      isBusy={isWaiting}
      empty={
        error === undefined
          ? "Nothing has happened yet. Every change of a product appears here as it happens."
          : "No events are shown."
      }
      after={
        oldest > 1 &&
        shown.length < MAX_KEPT && (
          <LoadMore
            text="Load 100 older"
            load={() => readBefore(oldest)}
            onLoaded={(events) => setLog((before) => withOlder(before, events))}
          />
        )
      }
      end={
        <Button icon={isPaused ? "play" : "pause"} shortcut="p" onClick={turn}>
          {isPaused ? `Resume${waitingCount > 0 ? `, ${shownNumber(waitingCount)} waiting` : ""}` : "Pause"}
        </Button>
      }
    >
      {error !== undefined && (
        <LoadFailure
          error={error}
          onRetry={() => {
            place.reload();
            followed.retry();
          }}
        />
      )}
    </EventsFrame>
  );
}
