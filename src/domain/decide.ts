/**
 * The heart: facts and a command in, a decision or a refusal out. No clock, no randomness, no I/O: `now`, ids and rows
 * come in through `Facts`, and what is decided is written by the object in one transaction.
 */
import type { Caller, Command, CommandOf, Verb } from "./command";
import { isLive, type Facts, type LiveFacts, type Outcome } from "./decision";
import { absent, alreadyResolved, notFound } from "./resolution";
import { decideAdjust } from "./commands/adjust";
import { decideCancel } from "./commands/cancel";
import { decideConfirm } from "./commands/confirm";
import { decideCount } from "./commands/count";
import { decideCreate } from "./commands/create";
import { decideDelete } from "./commands/delete";
import { decideEdit } from "./commands/edit";
import { decideExtend } from "./commands/extend";
import { decideConfirmPrepared, decidePrepare, decideAbort } from "./commands/prepare";
import { decideRelease } from "./commands/release";
import { decideReleaseOrder } from "./commands/release-order";
import { decideRemoveLevel } from "./commands/remove-level";
import { decideReserve } from "./commands/reserve";
import { decideReserveLines } from "./commands/reserve-lines";
import { decideResize } from "./commands/resize";
import { decideReturn } from "./commands/return";
import { decideSet } from "./commands/set";
import { decideSetLevel } from "./commands/set-level";
import { decideTransfer } from "./commands/transfer";
import { decideUpsert } from "./commands/upsert";

type Verbs = { [V in Verb]: (facts: LiveFacts, command: CommandOf<V>, by: Caller) => Outcome };

const verbs: Omit<Verbs, "create" | "upsert"> = {
  edit: decideEdit,
  delete: decideDelete,
  count: decideCount,
  set: decideSet,
  adjust: decideAdjust,
  transfer: decideTransfer,
  "set-level": decideSetLevel,
  "remove-level": decideRemoveLevel,
  reserve: decideReserve,
  "reserve-lines": decideReserveLines,
  "release-order": decideReleaseOrder,
  resize: decideResize,
  confirm: decideConfirm,
  prepare: decidePrepare,
  abort: decideAbort,
  "confirm-prepared": decideConfirmPrepared,
  release: decideRelease,
  extend: decideExtend,
  cancel: decideCancel,
  return: decideReturn,
};

export const SYSTEM: Caller = { actor: "system", clamped: false };

export function decide(facts: Facts, command: Command, by: Caller = SYSTEM): Outcome {
  if (command.verb === "create") return decideCreate(facts, command);
  if (command.verb === "upsert") return decideUpsert(facts, command);
  if (!isLive(facts)) return decideAfterEnd(facts, command);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- TypeScript does not follow the pair through the table
  const verb = verbs[command.verb] as (facts: LiveFacts, command: Command, by: Caller) => Outcome;
  return verb(facts, command, by);
}

/** Of a product that never was, or is deleted: what became of its reservations can still be said. */
function decideAfterEnd(facts: Facts, command: Command): Outcome {
  const { productId } = facts;
  if (!("ulid" in command)) return { refusal: absent(productId) };
  const reservation = facts.product && facts.reservation(command.ulid);
  if (!reservation || command.verb === "return") return { refusal: notFound(productId, command.ulid) };
  if (command.verb === "cancel" && reservation.state === "released")
    return { events: [], answer: { view: "reservation", reservation } };
  return { refusal: alreadyResolved(productId, reservation) };
}
