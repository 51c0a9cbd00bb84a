/**
 * A number that may change while it is looked at. A change is tinted for a moment: a class on, and off by one timer that all
 * share, since an animation of each would cost more than everything else on the page.
 */
import type { ReadonlySignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { shownNumber } from "../format.ts";

const TINT_MS = 600;
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
const endByElement = new Map<Element, number>();
let timer: ReturnType<typeof setTimeout> | undefined;

function sweep(): void {
  timer = undefined;
  const nowMs = performance.now();
  for (const [element, endMs] of endByElement) {
    if (endMs > nowMs) continue;
    element.classList.remove("up", "down");
    endByElement.delete(element);
  }
  if (endByElement.size > 0) timer = setTimeout(sweep, TINT_MS / 2);
}

function tint(element: Element, direction: "up" | "down"): void {
  if (isCalm.matches || document.hidden) return;
  element.classList.toggle("up", direction === "up");
  element.classList.toggle("down", direction === "down");
  endByElement.set(element, performance.now() + TINT_MS);
  timer ??= setTimeout(sweep, TINT_MS);
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
