/** Asks again by itself, while nothing comes live. */
import { useEffect, useRef } from "preact/hooks";
import { live } from "./connection.ts";

const POLL_MS = 30_000;

/** `always`: what the page shows never comes live, to this key. */
export function usePolling(reload: () => void, always = false): void {
  const asking = useRef(reload);
  asking.current = reload;
  const isNeeded = always || live.value !== "live";
  useEffect(() => {
    if (!isNeeded) return;
    const timer = setInterval(() => {
      if (!document.hidden) asking.current();
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [isNeeded]);
}
