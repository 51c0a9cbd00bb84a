/**
 * A number that may change while it is looked at. A change is tinted for a moment: a class on, and off again three beats later,
 * in the frame that shows the next changes, since an animation of each would cost more than everything else on the page.
 */
import type { ReadonlySignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { onBeat } from "../beat.ts";
import { shownNumber } from "../format.ts";

const TINT_BEATS = 3;
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
const beatsLeft = new Map<Element, number>();

function sweep(): void {
  for (const [element, left] of beatsLeft) {
    if (left > 1) beatsLeft.set(element, left - 1);
    else {
      element.classList.remove("up", "down");
      beatsLeft.delete(element);
    }
  }
  if (beatsLeft.size > 0) onBeat(sweep);
}

function tint(element: Element, direction: "up" | "down"): void {
  if (isCalm.matches || document.hidden) return;
  element.classList.toggle("up", direction === "up");
  element.classList.toggle("down", direction === "down");
  beatsLeft.set(element, TINT_BEATS);
  onBeat(sweep);
}

export interface NumberProps {
  value: number | undefined;
  /** A zero says nothing here, and is shown quietly. */
  isQuietAtZero?: boolean;
}

export function Value({ value, isQuietAtZero }: NumberProps) {
  const element = useRef<HTMLSpanElement>(null);
  const before = useRef(value);
  useLayoutEffect(() => {
    const [was, shown] = [before.current, element.current];
    before.current = value;
    if (was === undefined || value === undefined || was === value || !shown) return;
    tint(shown, value > was ? "up" : "down");
  }, [value]);
  if (value === undefined) return <span class="soft">–</span>;
  // Without a class of its own at all times, drawing again would take the tint away.
  const data = value < 0 ? "below" : value === 0 && isQuietAtZero ? "zero" : undefined;
  return (
    <span ref={element} class="value" data-is={data}>
      {shownNumber(value)}
    </span>
  );
}

/** Drawn again by itself when the signal changes, without its row. */
export function LiveValue({
  of,
  isQuietAtZero,
}: {
  of: ReadonlySignal<number | undefined>;
  isQuietAtZero?: boolean;
}) {
  return <Value value={of.value} {...(isQuietAtZero && { isQuietAtZero })} />;
}
