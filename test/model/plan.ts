/** From an operation to the command that carries it out, and what the reference says to it. */
import type { Command } from "../../src/domain/command";
import { parseReservationId } from "../../src/domain/ids";
import type { Operation } from "./operations";
import { isForeign, type ModelHold, type Reference, type Verdict } from "./reference";

export interface Planned {
  command: Command;
  verdict: Verdict;
}

type OnHold = Extract<Operation, { hold: number }>;

export function ulidOf(hold: ModelHold): string {
  return parseReservationId(hold.id)?.ulid ?? "";
}

/** The command for the object, and what the reference says to it; undefined: there is nothing to do. */
export function plan(reference: Reference, operation: Operation): Planned | undefined {
  if ("hold" in operation) return planForHold(reference, operation);
  switch (operation.op) {
    case "release-order": {
      const { order, quantity } = operation;
      const command: Command = { verb: "release-order", orderId: order, ...(quantity && { quantity }) };
      return { command, verdict: reference.releaseOrder(operation) };
    }
    case "count": {
      const { location, newQuantity, force } = operation;
      reference.loosened ||= force;
      const command: Command = {
        verb: "count",
        locationId: location,
        newQuantity,
        reason: "counted",
        force,
      };
      return { command, verdict: reference.setOnHand(location, newQuantity, force) };
    }
    case "adjust": {
      const { location, delta } = operation;
      const command: Command = {
        verb: "adjust",
        locationId: location,
        delta,
        type: "correction",
        reason: "corrected",
        force: false,
      };
      const before = reference.levels.get(location)?.onHand ?? 0;
      return { command, verdict: reference.setOnHand(location, before + delta, false) };
    }
    case "transfer": {
      const { from, to, quantity } = operation;
      if (from === to) return undefined;
      const command: Command = { verb: "transfer", fromLocationId: from, toLocationId: to, quantity };
      return { command, verdict: reference.transfer(operation) };
    }
    case "set-level": {
      const { location, safetyStock, backorderLimit } = operation;
      reference.loosened = true;
      const command: Command = { verb: "set-level", locationId: location, safetyStock, backorderLimit };
      return { command, verdict: reference.setLevel(operation) };
    }
    case "remove-level":
      return {
        command: { verb: "remove-level", locationId: operation.location },
        verdict: reference.removeLevel(operation.location),
      };
    case "limit":
      reference.maxPerCustomer = operation.maxPerCustomer;
      return {
        command: { verb: "edit", patch: { maxPerCustomer: operation.maxPerCustomer } },
        verdict: undefined,
      };
    default:
      return undefined;
  }
}

/** What somebody else made is not touched: the reference is not asked then. */
function planForHold(reference: Reference, operation: OnHold): Planned | undefined {
  const hold = reference.pick(operation.hold);
  if (!hold) return undefined;
  const { command, judge } = planOn(reference, operation, hold);
  const foreign = "by" in operation && isForeign(hold, operation.by);
  return { command, verdict: foreign ? "reservation_not_found" : judge() };
}

function planOn(
  reference: Reference,
  operation: OnHold,
  hold: ModelHold,
): { command: Command; judge: () => Verdict } {
  const ulid = ulidOf(hold);
  switch (operation.op) {
    case "confirm": {
      const { quantity, reacquire } = operation;
      const ifExpired = reacquire ? "reacquire" : "reject";
      const command: Command = { verb: "confirm", ulid, ifExpired, ...(quantity && { quantity }) };
      return { command, judge: () => reference.confirm(hold, operation) };
    }
    case "release": {
      const { quantity } = operation;
      const command: Command = { verb: "release", ulid, ...(quantity && { quantity }) };
      return { command, judge: () => reference.release(hold, quantity) };
    }
    case "resize":
      return {
        command: { verb: "resize", ulid, quantity: operation.quantity },
        judge: () => reference.resize(hold, operation),
      };
    case "extend":
      return {
        command: { verb: "extend", ulid, ttlSeconds: operation.seconds },
        judge: () => reference.extend(hold, operation),
      };
    case "prepare":
      return {
        command: { verb: "prepare", ulid, forSeconds: operation.seconds },
        judge: () => reference.pin(hold, operation.seconds),
      };
    case "abort":
      return { command: { verb: "abort", ulid }, judge: () => reference.unpin(hold) };
    case "confirm-prepared":
      // What lapsed under its pin is sold in any case, even below zero.
      reference.loosened ||= hold.state === "expired";
      return { command: { verb: "confirm-prepared", ulid }, judge: () => reference.confirmPinned(hold) };
    case "cancel":
      return { command: { verb: "cancel", ulid }, judge: () => reference.cancel(hold) };
    case "return": {
      const { quantity, restock, location } = operation;
      const where = location !== undefined && { locationId: location };
      const command: Command = { verb: "return", ulid, quantity, restock, reason: "came back", ...where };
      return { command, judge: () => reference.giveBack(hold, operation) };
    }
  }
}
