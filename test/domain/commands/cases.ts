/** What the cases of several verbs begin with: holds that have ended, refusals that all commands about a hold share. */
import { expect, it } from "vitest";
import type { Command } from "../../../src/domain/command";
import { decide } from "../../../src/domain/decide";
import { isRefused, type Decision } from "../../../src/domain/decision";
import type { Refusal } from "../../../src/domain/refusal";
import { facts, NOW, type Given } from "../plain-facts";

type Refused = [title: string, given: Given, command: Command, code: Refusal["code"]];
type Unchanged = [title: string, given: Given, command: Command];

export const LAPSED = { state: "expired", held: 0, expiredQuantity: 3, expiresAt: NOW - 1 } as const;
export const SOLD = { state: "confirmed", held: 0, confirmed: 3 } as const;
export const GONE = { state: "released", held: 0, released: 3 } as const;

export const ofUnknown = (command: Command): Refused => [
  `${command.verb} of an unknown hold`,
  { holds: [] },
  command,
  "reservation_not_found",
];
export const ofSold = (command: Command): Refused => [
  `${command.verb} of a sold hold`,
  { holds: [SOLD] },
  command,
  "reservation_already_confirmed",
];
export const ofReleased = (command: Command): Refused => [
  `${command.verb} of a released hold`,
  { holds: [GONE] },
  command,
  "reservation_already_released",
];
export const ofExpired = (command: Command): Refused => [
  `${command.verb} of an expired hold`,
  { holds: [LAPSED] },
  command,
  "reservation_expired",
];

export function decided(given: Given, command: Command): Decision {
  const outcome = decide(facts(given), command);
  if (isRefused(outcome)) throw new Error(JSON.stringify(outcome));
  return outcome;
}

export function refusal(given: Given, command: Command) {
  const outcome = decide(facts(given), command);
  return isRefused(outcome) ? outcome.refusal : outcome;
}

export function itRefuses(cases: Refused[]): void {
  it.each(cases)("%s", (_, given, command, code) => {
    expect(decide(facts(given), command)).toMatchObject({ refusal: { code } });
  });
}

export function itChangesNothing(cases: Unchanged[]): void {
  it.each(cases)("%s", (_, given, command) => {
    const outcome = decide(facts(given), command);
    expect(isRefused(outcome)).toBe(false);
    expect(outcome).toMatchObject({ events: [] });
  });
}
