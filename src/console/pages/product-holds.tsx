/** What is held of a product, counting down; each can be confirmed, released or given more time. */
import { useRef, useState } from "preact/hooks";
import type { Reservation, ReservationListed } from "../../client/wire.ts";
import { holdfast } from "../connection.ts";
import { failureOf, type Failure } from "../failure.ts";
import { shownCount } from "../format.ts";
import { Button } from "../parts/button.tsx";
import { FailureNotice, LoadFailure } from "../parts/notice.tsx";
import { Value } from "../parts/number.tsx";
import { Empty, SkeletonRows, Table, type Column } from "../parts/table.tsx";
import { Countdown } from "../parts/time.tsx";
import { toast } from "../saying.ts";
import { lacks } from "../session.ts";
import type { Holds } from "./product-state.ts";

const COLUMNS: readonly Column[] = [
  { text: "Order" },
  { text: "Location", class: "wide" },
  { text: "Held", class: "number" },
  { text: "Left" },
  { text: "Actions", class: "actions", isHidden: true },
];

const EXTEND_SECONDS = 900;

const VERBS = {
  confirm: { text: "Confirm", done: "confirmed" },
  release: { text: "Release", done: "released" },
  extend: { text: "Extend", done: "held for another 15 min" },
} as const;
type Verb = keyof typeof VERBS;

export function HoldsSection({
  productId,
  holds: { holds, error, reload, note },
}: {
  productId: string;
  holds: Holds;
}) {
  const [failure, setFailure] = useState<{ hold: ReservationListed; failure: Failure }>();
  return (
    <section class="section" aria-labelledby="holds">
      <div class="section-head">
        <h2 id="holds">Holds</h2>
        {holds && holds.length > 0 && <span class="soft">{holds.length}</span>}
      </div>
      {error !== undefined && <LoadFailure error={error} onRetry={reload} />}
      {failure && (
        <FailureNotice failure={failure.failure}>
          <Button size="compact" onClick={() => setFailure(undefined)}>
            Dismiss
          </Button>
        </FailureNotice>
      )}
      {holds?.length === 0 ? (
        <div class="frame">
          <Empty>Nothing is held. Units set aside for a cart appear here and count down.</Empty>
        </div>
      ) : (
        (holds !== undefined || error === undefined) && (
          <Table caption={`Holds of ${productId}`} kind="small two-lines" columns={COLUMNS}>
            {holds ? (
              holds.map((hold) => (
                <HoldRow
                  key={hold.reservationId}
                  hold={hold}
                  onDone={(done) => {
                    setFailure(undefined);
                    note(done);
                  }}
                  onFailure={(failed) => {
                    setFailure({ hold, failure: failed });
                    reload();
                  }}
                />
              ))
            ) : (
              <SkeletonRows columns={COLUMNS} rows={2} />
            )}
          </Table>
        )
      )}
    </section>
  );
}

interface HoldRowProps {
  hold: ReservationListed;
  onDone: (done: Reservation) => void;
  onFailure: (failure: Failure) => void;
}

function HoldRow({ hold, onDone, onFailure }: HoldRowProps) {
  const { orderId, customerId, held, reservationId } = hold;
  const [busy, setBusy] = useState<Verb>();
  const keys = useRef<Partial<Record<Verb, string>>>({});
  const act = async (verb: Verb) => {
    if (busy) return;
    setBusy(verb);
    // The same until the service has answered, so that a second press after a broken connection does it once.
    const idempotencyKey = (keys.current[verb] ??= crypto.randomUUID());
    try {
      const done = await send(verb, hold, { idempotencyKey });
      delete keys.current[verb];
      onDone(done);
      toast(`${shownCount(held, "unit")} ${orderId === null ? "" : `of ${orderId} `}${VERBS[verb].done}`);
    } catch (error) {
      const failure = failureOf(error);
      if (!failure.isUnsent) delete keys.current[verb];
      onFailure(failure);
    } finally {
      setBusy(undefined);
    }
  };
  const label = orderId ?? reservationId;
  const mayNot = lacks("reservations:write");
  return (
    <tr>
      <th scope="row">
        {orderId === null ? (
          <span class="soft">No order</span>
        ) : (
          <a class="plain" href={`/console/orders/${encodeURIComponent(orderId)}`}>
            {orderId}
          </a>
        )}
        {customerId !== null && <span class="soft small under">{customerId}</span>}
      </th>
      <td class="wide soft">{hold.locationId}</td>
      <td class="number">
        <Value value={held} />
      </td>
      <td>
        <Countdown expiresAt={hold.expiresAt} createdAt={hold.createdAt} label={`The hold of ${label}`} />
      </td>
      <td class="actions">
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
              <span class="sr"> {label}</span>
            </Button>
          ))}
        </div>
      </td>
    </tr>
  );
}

function send(
  verb: Verb,
  hold: ReservationListed,
  options: { idempotencyKey: string },
): Promise<Reservation> {
  const { confirm, release, extend } = holdfast.reservations;
  if (verb === "confirm") return confirm(hold.reservationId, {}, options);
  if (verb === "release") return release(hold.reservationId, {}, options);
  return extend(hold.reservationId, EXTEND_SECONDS, options);
}
