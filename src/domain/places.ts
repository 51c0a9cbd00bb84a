/** Where stock may be brought. What is taken away is never asked about: stock can always leave a place. */
import type { Command, Envelope } from "./command";
import type { Decision, Facts } from "./decision";
import type { Refusal } from "./refusal";

/** What the caller's side knows of the places that a command may bring stock to. */
export interface Places {
  open: string[];
  /** Being deleted. */
  closed: string[];
  /** From then on nothing may be decided by them. null: the places cannot be read, and these were the last known. */
  goodUntilMs: number | null;
}

/** They were read too long ago for anything to be decided by them. */
export function areOutdated(places: Places | undefined, now: number): boolean {
  return places !== undefined && places.goodUntilMs !== null && now >= places.goodUntilMs;
}

/** The places that a command may bring stock to; undefined: only the product knows which. */
export function destinations(command: Command): readonly string[] | undefined {
  switch (command.verb) {
    case "count":
    case "adjust":
    case "set-level":
      return [command.locationId];
    case "transfer":
      return [command.toLocationId];
    case "create":
      return command.initial ? [command.initial.locationId] : [];
    case "return":
      return command.locationId === undefined ? undefined : [command.locationId];
    default:
      return [];
  }
}

/** Why the decision may not stand: it brings stock (or the promise of some) to a place that does not take any. */
export function refuseArrival(
  facts: Facts,
  { command, places }: Pick<Envelope, "command" | "places">,
  decision: Decision,
): Refusal | undefined {
  if (!places) return undefined;
  const arrivals = arrivalsOf(facts, command, decision);
  const { open, closed } = places;
  const locationId = arrivals.find((id) => !open.includes(id));
  if (locationId === undefined) return undefined;
  return { code: closed.includes(locationId) ? "location_closed" : "location_not_found", locationId };
}

/** Where there is more afterwards, and places named at which the product has nothing that could be taken away. */
function arrivalsOf(facts: Facts, command: Command, { levels = [] }: Decision): string[] {
  const named = destinations(command)?.filter((locationId) => !facts.level(locationId)) ?? [];
  const raised = levels.filter(({ locationId, onHand, backorderLimit }) => {
    const before = facts.level(locationId);
    return onHand > (before?.onHand ?? 0) || backorderLimit > (before?.backorderLimit ?? 0);
  });
  return [...named, ...raised.map(({ locationId }) => locationId)];
}
