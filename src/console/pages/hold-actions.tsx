/** What can be done with one living hold: confirm it, release it, give it more time. */
import type { Reservation, ReservationListed } from "../../client/wire.ts";
import { holdfast } from "../connection.ts";
import type { Failure } from "../failure.ts";
import { shownCount } from "../format.ts";
import { Button } from "../parts/button.tsx";
import { usePressing } from "../pressing.ts";
import { toast } from "../saying.ts";
import { lacks } from "../session.ts";

const EXTEND_SECONDS = 900;

const VERBS = {
  confirm: { text: "Confirm", done: "confirmed" },
  release: { text: "Release", done: "released" },
  extend: { text: "Extend", done: "held for another 15 min" },
} as const;
type Verb = keyof typeof VERBS;

export interface HoldActionsProps {
  hold: ReservationListed;
  onDone: (done: Reservation) => void;
  onFailure: (failure: Failure) => void;
}

export function HoldActions({ hold, onDone, onFailure }: HoldActionsProps) {
  const { orderId, held, reservationId } = hold;
  const { busy, press } = usePressing<Verb>();
  const mayNot = lacks("reservations:write");
  const act = (verb: Verb) =>
    press(verb, {
      send: (options) => send(verb, hold, options),
      onDone: (done) => {
        onDone(done);
        toast(`${shownCount(held, "unit")} ${orderId === null ? "" : `of ${orderId} `}${VERBS[verb].done}`);
      },
      onFailure,
    });
  return (
    <div class="buttons">
      {(["confirm", "release", "extend"] as const).map((verb) => (
        <Button
          key={verb}
          size="compact"
          kind={verb === "confirm" ? "plain" : "quiet"}
          busy={busy === verb}
          disabled={mayNot || (verb === "extend" && hold.expiresAt === null)}
          title={mayNot ? "This key lacks the scope reservations:write" : undefined}
          onClick={() => void act(verb)}
        >
          {VERBS[verb].text}
          <span class="sr"> {orderId ?? reservationId}</span>
        </Button>
      ))}
    </div>
  );
}

function send(
  verb: Verb,
  { reservationId }: ReservationListed,
  options: { idempotencyKey: string },
): Promise<Reservation> {
  const { confirm, release, extend } = holdfast.reservations;
  if (verb === "confirm") return confirm(reservationId, {}, options);
  if (verb === "release") return release(reservationId, {}, options);
  return extend(reservationId, EXTEND_SECONDS, options);
}
