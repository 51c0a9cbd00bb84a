import { chooseLevel, chooseSplit } from "../choice";
import type { Caller, CommandOf, OrderLine } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { reservationData } from "../reservation";
import { MAIN_LOCATION } from "../ids";
import { available, sellable, type Level } from "../level";
import type { Refusal, Shortage } from "../refusal";
import { refuseInactive } from "../resolution";
import { candidateLevels, holdFor, refuseCustomer } from "./reserve";

/** Units taken at a level, as it is after that. */
interface Part {
  quantity: number;
  level: Level;
}

/**
 * Holds for every line of an order that names this product, or for none: demand is summed before it is judged, and all
 * that is short is said at once. With `split`, a line may be filled from several locations.
 */
export function decideReserveLines(
  facts: LiveFacts,
  command: CommandOf<"reserve-lines">,
  by: Caller,
): Outcome {
  const { productId, now } = facts;
  const { orderId, customerId, ttlSeconds } = command;
  const quantity = command.lines.reduce((sum, line) => sum + line.quantity, 0);
  const customer = customerId !== undefined && { customerId };
  const refusal = refuseInactive(facts) ?? refuseCustomer(facts, { quantity, ...customer }, by);
  if (refusal) return { refusal };
  const allotted = allot(facts, command);
  if ("refusal" in allotted) return allotted;
  const who = { orderId, ttlSeconds, ...customer };
  const reservations = allotted.parts.map(({ quantity: units, level: { locationId } }) =>
    holdFor({ ...who, quantity: units }, { ulid: facts.newUlid(), locationId, now, by }),
  );
  return {
    events: reservations.map((hold, index) => ({
      type: "reservation.held",
      data: reservationData(productId, hold),
      level: allotted.parts[index]?.level ?? null,
    })),
    answer: { view: "reservations", reservations },
    levels: [...allotted.levelById.values()],
    reservations,
  };
}

function allot(
  facts: LiveFacts,
  { lines, split }: CommandOf<"reserve-lines">,
): { parts: Part[]; levelById: Map<string, Level> } | { refusal: Refusal } {
  const levelById = new Map<string, Level>();
  const parts: Part[] = [];
  const short: OrderLine[] = [];
  // Who must be served at one place comes before who can be served anywhere.
  for (const line of lines.toSorted((a, b) => Number(a.anyLocation) - Number(b.anyLocation))) {
    const candidates = candidateLevels(facts, line);
    if (candidates.length === 0 && !line.anyLocation) {
      const locationId = line.locationIds[0] ?? MAIN_LOCATION;
      return { refusal: { code: "level_not_found", productId: facts.productId, locationId } };
    }
    const now = candidates.map((level) => levelById.get(level.locationId) ?? level);
    const taken = split ? takeSplit(now, line.quantity) : takeWhole(now, line.quantity);
    if (!taken) short.push(line);
    for (const part of taken ?? []) {
      levelById.set(part.level.locationId, part.level);
      parts.push(part);
    }
  }
  if (short.length === 0) return { parts, levelById };
  return { refusal: { code: "insufficient_stock", shortages: shortages(facts, { short, parts, split }) } };
}

function take(level: Level, quantity: number): Part {
  return { quantity, level: { ...level, reserved: level.reserved + quantity } };
}

function takeWhole(levels: readonly Level[], quantity: number): Part[] | undefined {
  const level = chooseLevel(levels, quantity);
  return level && [take(level, quantity)];
}

function takeSplit(levels: readonly Level[], quantity: number): Part[] | undefined {
  const units = chooseSplit(levels, quantity);
  return (
    units &&
    levels.flatMap((level) => {
      const part = units.get(level.locationId);
      return part === undefined ? [] : [take(level, part)];
    })
  );
}

/** Per demand, that is per set of places: all that the order wants there, beside all that is there. */
function shortages(
  facts: LiveFacts,
  found: { short: readonly OrderLine[]; parts: readonly Part[]; split: boolean },
): Shortage[] {
  const linesByPlaces = Map.groupBy(found.short, (line) =>
    JSON.stringify([line.locationIds, line.anyLocation]),
  );
  return [...linesByPlaces.values()].flatMap((lines) => {
    const [first] = lines;
    if (!first) return [];
    const candidates = candidateLevels(facts, first);
    const best = candidates.toSorted((a, b) => sellable(b) - sellable(a))[0];
    const places = found.split ? candidates : best ? [best] : [];
    const taken = found.parts.filter(({ level }) => places.some((p) => p.locationId === level.locationId));
    return {
      productId: facts.productId,
      locationId: best?.locationId ?? MAIN_LOCATION,
      requested: [...lines, ...taken].reduce((sum, { quantity }) => sum + quantity, 0),
      available: places.reduce(
        (sum, level) => sum + (found.split ? Math.max(0, available(level)) : available(level)),
        0,
      ),
    };
  });
}
