/** How long ago, and how long until. Both read one clock, which is the service's. */
import { useEffect, useRef } from "preact/hooks";
import { now, slowNow } from "../clock.ts";
import { useComputedOf } from "../computed.ts";
import { shownAge, shownAgo, shownLeft, shownTime } from "../format.ts";
import { say } from "../saying.ts";

/** `2 min`, with the full time as its title. */
export function Age({ at }: { at: string | number }) {
  const atMs = typeof at === "number" ? at : Date.parse(at);
  const text = useComputedOf(() => shownAge(slowNow.value - atMs), [atMs]);
  return (
    <time dateTime={new Date(atMs).toISOString()} title={shownTime(atMs)}>
      {text.value}
    </time>
  );
}

/** `2 min ago`, `just now`. */
export function Ago({ at }: { at: string | number }) {
  const atMs = typeof at === "number" ? at : Date.parse(at);
  const text = useComputedOf(() => shownAgo(slowNow.value - atMs), [atMs]);
  return (
    <time dateTime={new Date(atMs).toISOString()} title={shownTime(atMs)}>
      {text.value}
    </time>
  );
}

const SOON_MS = 60_000;

export interface CountdownProps {
  /** null: it does not expire. */
  expiresAt: string | null;
  /** From when on the rail counts. */
  createdAt: string;
  /** Whose it is, for those who hear it. */
  label: string;
}

/** Digits over a rail. Said aloud at a minute and at zero, only while its row has the focus. */
export function Countdown({ expiresAt, createdAt, label }: CountdownProps) {
  const element = useRef<HTMLSpanElement>(null);
  const endMs = expiresAt === null ? Infinity : Date.parse(expiresAt);
  const leftMs = endMs - now.value;
  const said = useRef(leftMs);
  useEffect(() => {
    const before = said.current;
    said.current = leftMs;
    if (!element.current?.closest("tr, li")?.contains(document.activeElement)) return;
    if (before > SOON_MS && leftMs <= SOON_MS) say(`${label} has a minute left`);
    if (before > 0 && leftMs <= 0) say(`${label} has expired`);
  }, [leftMs]);
  if (expiresAt === null) return <span class="soft">No expiry</span>;
  const whole = endMs - Date.parse(createdAt);
  const share = Math.min(1, Math.max(0, leftMs / Math.max(1, whole)));
  return (
    <span ref={element} class={`countdown${leftMs < SOON_MS ? " soon" : ""}`} title={shownTime(endMs)}>
      {leftMs <= 0 ? "expired" : shownLeft(leftMs)}
      <span class="rail" aria-hidden="true">
        <span style={{ width: `${(share * 100).toFixed(1)}%` }} />
      </span>
    </span>
  );
}
