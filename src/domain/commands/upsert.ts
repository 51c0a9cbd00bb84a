import type { CommandOf } from "../command";
import { isLive, isRefused, type Facts, type Outcome } from "../decision";
import { decideCreate } from "./create";
import { decideEdit } from "./edit";

/** One row of an import: creates, edits what differs, or finds nothing to do. Fields left out stay as they are. */
export function decideUpsert(facts: Facts, command: CommandOf<"upsert">): Outcome {
  if (!isLive(facts)) {
    const created = decideCreate(facts, { verb: "create", fields: command.fields });
    return isRefused(created) ? created : { ...created, answer: { view: "upsert", result: "created" } };
  }
  const edited = decideEdit(facts, { verb: "edit", patch: command.fields });
  if (isRefused(edited)) return edited;
  return {
    ...edited,
    answer: { view: "upsert", result: edited.events.length > 0 ? "updated" : "unchanged" },
  };
}
