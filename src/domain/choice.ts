/** At which levels a hold is taken: what is on a shelf comes before what is only promised ahead. */
import { available, sellable, type Level } from "./level";

/** The first that has the whole quantity on the shelf, else the first that may backorder it. */
export function chooseLevel(levels: readonly Level[], quantity: number): Level | undefined {
  return (
    levels.find((level) => available(level) >= quantity) ??
    levels.find((level) => sellable(level) >= quantity)
  );
}

/**
 * Units by location: what is on the shelves in order, then the rest ahead at the first level that may have all of it, or
 * at several in order if none may. undefined: there is not enough.
 */
export function chooseSplit(levels: readonly Level[], quantity: number): Map<string, number> | undefined {
  const units = new Map<string, number>();
  let left = quantity;
  const take = ({ locationId }: Level, most: number) => {
    const taken = Math.min(left, most);
    if (taken <= 0) return;
    units.set(locationId, (units.get(locationId) ?? 0) + taken);
    left -= taken;
  };
  const spare = (level: Level) => sellable(level) - (units.get(level.locationId) ?? 0);
  for (const level of levels) take(level, available(level));
  const all = levels.find((level) => spare(level) >= left);
  for (const level of all ? [all] : levels) take(level, spare(level));
  return left === 0 ? units : undefined;
}
