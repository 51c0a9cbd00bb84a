/**
 * The heart: facts and a command in, a decision or a refusal out. No clock, no randomness, no I/O: `now`, ids and rows
 * come in through `Facts`, and what is decided is written by the object in one transaction.
 */
import type { Caller, Command, CommandOf, Verb } from "./command";
import { isLive, type Facts, type HoldFacts, type LiveFacts, type Outcome } from "./decision";
import { absent, alreadyResolved, notFound } from "./resolution";
import { decideAdjust } from "./commands/adjust";
import { decideConfirm } from "./commands/confirm";
import { decideCount } from "./commands/count";
import { decideCreate } from "./commands/create";
import { decideDelete } from "./commands/delete";
import { decideEdit } from "./commands/edit";
import { decideExtend } from "./commands/extend";
import { decideConfirmPrepared, decidePrepare, decideAbort } from "./commands/prepare";
import { decideCancel, decideRelease } from "./commands/release";
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

type Decide<V extends Verb> = (facts: LiveFacts, command: CommandOf<V>, by: Caller) => Outcome;

/** A verb about one hold, which is looked up for it. */
function ofHold<V extends Verb>(decideOf: (of: HoldFacts, command: CommandOf<V>) => Outcome) {
  return (facts: LiveFacts, command: CommandOf<V> & { ulid: string }, by: Caller): Outcome => {
    const hold = facts.reservation(command.ulid);
    if (!hold) return { refusal: notFound(facts.productId, command.ulid) };
    return decideOf({ facts, hold, by }, command);
  };
}

const verbs: { [V in Exclude<Verb, "create" | "upsert">]: Decide<V> } = {
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
  resize: ofHold(decideResize),
  confirm: ofHold(decideConfirm),
  prepare: ofHold(decidePrepare),
  abort: ofHold(decideAbort),
  "confirm-prepared": ofHold(decideConfirmPrepared),
  release: ofHold(decideRelease),
  extend: ofHold(decideExtend),
  cancel: ofHold(decideCancel),
  return: ofHold(decideReturn),
};

export const SYSTEM: Caller = { actor: "system", clamped: false };

export function decide(facts: Facts, command: Command, by: Caller = SYSTEM): Outcome {
  if (command.verb === "create") return decideCreate(facts, command);
  if (command.verb === "upsert") return decideUpsert(facts, command);
  if (!isLive(facts)) return decideAfterEnd(facts, command);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- TypeScript does not follow the pair through the table
  const verb = verbs[command.verb] as Decide<Verb>;
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
