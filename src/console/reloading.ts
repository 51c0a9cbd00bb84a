/** For what no socket tells of: asks again every so often while somebody looks, and at once when they come back. */
import { useEffect, useRef } from "preact/hooks";
import { isChanging } from "./pressing.ts";
import type { Resource } from "./resource.ts";

/** One that is still being asked for is left to come; of one that is being deleted nothing is asked. */
export function useReload({ isLoading, reload }: Resource<unknown>, everyMs: number): void {
  const ask = useRef(() => {});
  ask.current = () => {
    if (!isLoading && !document.hidden && !isChanging()) reload();
  };
  useEffect(() => {
    const again = () => ask.current();
    const timer = setInterval(again, everyMs);
    document.addEventListener("visibilitychange", again);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", again);
    };
  }, [everyMs]);
}
