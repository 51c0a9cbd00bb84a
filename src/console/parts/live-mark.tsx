/** Whether what is shown is live, and since when it is not. */
import type { LiveState } from "../../client/client.ts";
import { useEffect, useRef } from "preact/hooks";
import { now } from "../clock.ts";
import { live, liveUntilMs, waitsUntilMs } from "../connection.ts";
import { shownClock } from "../format.ts";
import { say } from "../saying.ts";

const WORDS: Record<LiveState, string> = {
  connecting: "Connecting",
  live: "Live",
  stale: "Not live",
  offline: "Offline, numbers may be old",
  closed: "Nothing live here",
};

const CLASSES: Record<LiveState, string> = {
  connecting: "",
  live: "live",
  stale: "stale",
  offline: "offline",
  closed: "closed",
};

export function LiveMark() {
  const state = live.value;
  const before = useRef(state);
  useEffect(() => {
    if (before.current !== state && state !== "connecting") say(WORDS[state]);
    before.current = state;
  }, [state]);
  const isOld = (state === "stale" || state === "offline") && liveUntilMs.value !== undefined;
  return (
    <div>
      <span class={`mark ${CLASSES[state]}`}>
        {WORDS[state]}
        {isOld && <span> · as of {shownClock(liveUntilMs.value ?? 0)}</span>}
      </span>
      <Waiting />
    </div>
  );
}

/** The client has been asked to wait, and tries again by itself. */
function Waiting() {
  const untilMs = waitsUntilMs.value;
  if (untilMs === undefined) return null;
  return <Counting untilMs={untilMs} />;
}

function Counting({ untilMs }: { untilMs: number }) {
  void now.value;
  const seconds = Math.ceil((untilMs - Date.now()) / 1000);
  // It has been asked by then; if it must wait again, that is said again.
  if (seconds < 0) return null;
  return <p class="soft small">{seconds > 0 ? `Waiting ${seconds} s, then trying again` : "Trying again"}</p>;
}
