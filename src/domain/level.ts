/** A product's stock at one location, and the arithmetic over several. Plain data and pure functions. */
import * as z from "zod";

export const levelSchema = z.object({
  locationId: z.string(),
  onHand: z.int().default(0),
  /** Units of active holds only: a hold past its expiry is not in here. */
  reserved: z.int().default(0),
  safetyStock: z.int().default(0),
  backorderLimit: z.int().default(0),
});

export type Level = z.output<typeof levelSchema>;

export function emptyLevel(locationId: string): Level {
  return { locationId, onHand: 0, reserved: 0, safetyStock: 0, backorderLimit: 0 };
}

export function available(level: Level): number {
  return level.onHand - level.reserved - level.safetyStock;
}

/** How many units a new hold could take at this level. */
export function sellable(level: Level): number {
  return available(level) + level.backorderLimit;
}

/** More is promised than is there or may be promised ahead: only a forced count or a lowered limit leads here. */
export function isOversold(level: Level): boolean {
  return level.onHand - level.reserved + level.backorderLimit < 0;
}

export function totals(levels: readonly Level[]) {
  const sum = {
    onHand: 0,
    reserved: 0,
    safetyStock: 0,
    backorderLimit: 0,
    /** The plain sum, signed: what staff see. */
    available: 0,
    /** What a shopper may count on: a location below zero does not take from another. */
    onShelf: 0,
    oversold: false,
  };
  for (const level of levels) {
    sum.onHand += level.onHand;
    sum.reserved += level.reserved;
    sum.safetyStock += level.safetyStock;
    sum.backorderLimit += level.backorderLimit;
    sum.available += available(level);
    sum.onShelf += Math.max(0, available(level));
    sum.oversold ||= isOversold(level);
  }
  return sum;
}
