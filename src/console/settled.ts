/** Rows that do not change places by themselves: somebody may be about to press one. */
import { useReducer, useRef } from "preact/hooks";

/** Those shown keep their places, those that are gone leave, those that are new come last. */
export function inPlace(shown: readonly string[], wanted: readonly string[]): string[] {
  const [isWanted, isShown] = [new Set(wanted), new Set(shown)];
  return [...shown.filter((id) => isWanted.has(id)), ...wanted.filter((id) => !isShown.has(id))];
}

/** The fewest rows that must move to come from one order to the other, which has the same ids. */
export function movedCount(shown: readonly string[], wanted: readonly string[]): number {
  const placeById = new Map(wanted.map((id, place) => [id, place]));
  // The longest rise: for each length, the least place that one of that length ends with.
  const ends: number[] = [];
  for (const id of shown) {
    const place = placeById.get(id) ?? 0;
    const at = ends.findIndex((end) => end > place);
    ends[at === -1 ? ends.length : at] = place;
  }
  return shown.length - ends.length;
}

export interface Settled<T> {
  rows: readonly T[];
  /** How many are not where they belong. */
  moved: number;
  sort(): void;
}

/** `key` names the list: another one begins in its own order. */
export function useSettled<T>(sorted: readonly T[], idOf: (row: T) => string, key: string): Settled<T> {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const last = useRef<{ key: string; ids: readonly string[] }>({ key, ids: [] });
  const rowById = new Map(sorted.map((row) => [idOf(row), row]));
  const wanted = [...rowById.keys()];
  const ids = last.current.key === key ? inPlace(last.current.ids, wanted) : wanted;
  last.current = { key, ids };
  return {
    rows: ids.flatMap((id) => rowById.get(id) ?? []),
    moved: movedCount(ids, wanted),
    sort: () => {
      last.current = { key, ids: wanted };
      draw(undefined);
    },
  };
}
