import type { CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { notFound } from "../resolution";
import { decideRelease } from "./release";

/** Releases the whole hold; cancelling it again finds it as it was left. */
export function decideCancel(facts: LiveFacts, command: CommandOf<"cancel">): Outcome {
  const hold = facts.reservation(command.ulid);
  if (!hold) return { refusal: notFound(facts.productId, command.ulid) };
  if (hold.state === "released") return { events: [], answer: { view: "reservation", reservation: hold } };
  return decideRelease(facts, { verb: "release", ulid: command.ulid, reason: "cancelled" });
}
