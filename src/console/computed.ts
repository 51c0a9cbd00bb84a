/**
 * A value that follows from signals, and from what a component was given. The library's `useComputed` knows the signals alone:
 * given something else, it keeps what it has until one of them changes.
 */
import { computed, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";

/** `given`: everything that `compute` reads and that is no signal. */
export function useComputedOf<T>(compute: () => T, given: readonly unknown[]): ReadonlySignal<T> {
  return useMemo(() => computed(compute), given);
}
