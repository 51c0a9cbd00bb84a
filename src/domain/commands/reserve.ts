import { chooseLevel } from "../choice";
import type { Caller, CommandOf, HoldInput } from "../command";
import type { Facts, LiveFacts, Outcome } from "../decision";
import { newHold, reservationData, type Reservation } from "../reservation";
import type { EventDraft } from "../events/event";
import { MAIN_LOCATION } from "../ids";
import { available, sellable, type Level } from "../level";
import type { Refusal, Shortage } from "../refusal";
import { alreadyResolved, notFound, refuseInactive } from "../resolution";
import { chainEnd, refuseChain } from "./extend";
import { releaseUnits } from "./release";

/**
 * Sets units aside at one level that can give the whole quantity. With `supersedes`, the old hold's units count as free, it
 * ends as released in the same step, and its id can never be confirmed or handed over again.
 */
export function decideReserve(facts: LiveFacts, command: CommandOf<"reserve">, by: Caller): Outcome {
  const { productId, now } = facts;
  const inactive = refuseInactive(facts);
  if (inactive) return { refusal: inactive };
  const candidates = candidateLevels(facts, command);
  if (candidates.length === 0 && !command.anyLocation) {
    const locationId = command.locationIds[0] ?? MAIN_LOCATION;
    return { refusal: { code: "level_not_found", productId, locationId } };
  }
  const superseded = supersededHold(facts, command.supersedes);
  if (superseded.refusal) return { refusal: superseded.refusal };
  const own = superseded.hold;
  const limited =
    refuseCustomer(facts, { ...command, instead: own }, by) ?? (own && refuseChain(facts, own, by));
  if (limited) return { refusal: limited };
  const levels = own ? candidates.map((level) => withoutHold(level, own)) : candidates;
  const level = chooseLevel(levels, command.quantity);
  if (!level) {
    const shortage = bestShortage(productId, command.quantity, levels);
    return { refusal: { code: "insufficient_stock", shortages: [shortage] } };
  }
  const made = { ulid: facts.newUlid(), locationId: level.locationId, now };
  const hold = holdFor(command, { ...made, by, ...(own && { instead: own }) });
  const after = { ...level, reserved: level.reserved + hold.held };
  const data = reservationData(productId, hold);
  const answer = { view: "reservation", reservation: hold } as const;
  if (!own) {
    const held: EventDraft = { type: "reservation.held", data, level: after };
    return { events: [held], answer, levels: [after], reservations: [hold] };
  }
  const held: EventDraft = {
    type: "reservation.held",
    data: { ...data, takenOver: own.held },
    level: after,
  };
  const ended = releaseUnits(productId, own, {
    level: facts.level(own.locationId),
    quantity: own.held,
    reason: "superseded",
    supersededBy: hold.ulid,
  });
  const changed = own.locationId === level.locationId || !ended.level ? [after] : [ended.level, after];
  return { events: [ended.event, held], answer, levels: changed, reservations: [ended.reservation, hold] };
}

/**
 * The levels a hold may be taken at, in order of preference. Whoever takes any and names none does not know which places
 * there are.
 */
export function candidateLevels(
  facts: Facts,
  input: Pick<HoldInput, "locationIds" | "anyLocation">,
): Level[] {
  const named = input.locationIds.flatMap((locationId) => facts.level(locationId) ?? []);
  return input.anyLocation && input.locationIds.length === 0 ? [...facts.levels] : named;
}

/** True numbers for the candidate that comes closest. */
function bestShortage(productId: string, requested: number, levels: readonly Level[]): Shortage {
  const best = levels.toSorted((a, b) => sellable(b) - sellable(a))[0];
  return {
    productId,
    locationId: best?.locationId ?? MAIN_LOCATION,
    requested,
    available: best ? available(best) : 0,
  };
}

/**
 * The product's limit per customer counts active holds and units bought and kept; `instead` is a hold about to end. Shoppers
 * must say who they are where there is a limit; staff may take units for nobody in particular.
 */
export function refuseCustomer(
  facts: LiveFacts,
  wanted: { quantity: number; customerId?: string | null; instead?: Reservation | undefined },
  by: Caller,
): Refusal | undefined {
  const limit = facts.product.fields.maxPerCustomer;
  const { customerId, quantity: requested, instead } = wanted;
  if (limit === null) return undefined;
  if (customerId === undefined || customerId === null) {
    return by.clamped ? { code: "customer_required", productId: facts.productId, limit } : undefined;
  }
  const replaced = instead?.customerId === customerId ? instead.held : 0;
  const taken = facts.customerUnits(customerId) - replaced;
  if (taken + requested <= limit) return undefined;
  return { code: "customer_limit_reached", customerId, limit, taken, requested };
}

/**
 * An active hold hands its units over, once; one that ended by itself has none; one that was paid or handed over must not
 * be paid twice.
 */
function supersededHold(facts: Facts, ulid: string | undefined): { hold?: Reservation; refusal?: Refusal } {
  if (ulid === undefined) return {};
  const old = facts.reservation(ulid);
  if (!old) return { refusal: notFound(facts.productId, ulid) };
  if (old.state === "confirmed" || old.supersededBy !== null)
    return { refusal: alreadyResolved(facts.productId, old) };
  if (old.prepared) return { refusal: { code: "overloaded" } };
  return old.state === "held" ? { hold: old } : {};
}

function withoutHold(level: Level, hold: Reservation): Level {
  return level.locationId === hold.locationId ? { ...level, reserved: level.reserved - hold.held } : level;
}

/** A hold at that level as the caller asks for it; one that takes over goes on with the chain of the hold it replaces. */
export function holdFor(
  input: Omit<HoldInput, "locationIds" | "anyLocation" | "supersedes">,
  made: { ulid: string; locationId: string; now: number; by: Caller; instead?: Reservation },
): Reservation {
  const { ulid, locationId, instead, by, now } = made;
  const { quantity, ttlSeconds } = input;
  const chainStartedAt = instead?.chainStartedAt ?? now;
  const wantedEnd = ttlSeconds === null ? null : now + ttlSeconds * 1000;
  const expiresAt = wantedEnd === null ? null : Math.min(wantedEnd, chainEnd({ chainStartedAt }, by));
  const chain = { chainStartedAt, extensions: instead?.extensions ?? 0 };
  return newHold({ ulid, locationId, quantity, createdAt: now, expiresAt, owner: by.actor, ...chain }, input);
}
