/** How commands end, for the metrics: by verb, and by outcome or the code of their refusal. */
import type { Envelope, Result } from "../../domain/command";
import { counter, type Counter } from "../../telemetry/meter-buffer";

type Verb = Envelope["command"]["verb"];

const countersByVerb = new Map<Verb, Map<string, Counter>>();

export function countCommands(envelopes: readonly Envelope[], results: readonly Result[]): void {
  for (const [index, result] of results.entries()) {
    const verb = envelopes[index]?.command.verb;
    if (verb !== undefined) counterOf(verb, outcomeOf(result)).add();
  }
}

function outcomeOf(result: Result): string {
  if (!result.ok) return result.refusal.code;
  if (result.replayed) return "replayed";
  return result.unchanged ? "unchanged" : "applied";
}

function counterOf(verb: Verb, outcome: string): Counter {
  let counters = countersByVerb.get(verb);
  if (!counters) countersByVerb.set(verb, (counters = new Map<string, Counter>()));
  let known = counters.get(outcome);
  if (!known) counters.set(outcome, (known = counter("holdfast_commands_total", { verb, outcome })));
  return known;
}
