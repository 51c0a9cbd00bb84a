/** What a webhook says of itself, in words. */
import type { EventType } from "../../client/wire-events.ts";
import type { Webhook } from "../../client/wire-operation.ts";
import { State } from "../parts/state.tsx";

const TYPES: Record<EventType, true> = {
  "product.created": true,
  "product.updated": true,
  "product.deleted": true,
  "stock.adjusted": true,
  "stock.counted": true,
  "stock.transferred": true,
  "stock.low": true,
  "stock.recovered": true,
  "stock.depleted": true,
  "stock.available": true,
  "stock.overstocked": true,
  "reservation.held": true,
  "reservation.resized": true,
  "reservation.extended": true,
  "reservation.confirmed": true,
  "reservation.released": true,
  "reservation.expired": true,
  "reservation.returned": true,
  "webhook.disabled": true,
};

export function isEventType(text: string): text is EventType {
  return Object.hasOwn(TYPES, text);
}

export const EVENT_TYPES = Object.keys(TYPES).filter(isEventType);

export const DISABLED_WORDS: Record<NonNullable<Webhook["disabledReason"]>, string> = {
  repeated_failure: "Its endpoint failed too often, so it was disabled.",
  gone: "Its endpoint said that it is gone (410), so it was disabled.",
  requested: "Somebody disabled it.",
};

export function WebhookState({ of: { status, consecutiveFailures } }: { of: Webhook }) {
  if (status === "disabled") return <State shape="dash">Disabled</State>;
  if (consecutiveFailures > 0)
    return (
      <State shape="disc" tone="warn">
        Failing
      </State>
    );
  return <State shape="ring">Active</State>;
}

/** Without what all have in common. */
export function shownUrl(url: string): string {
  return url.replace(/^https:\/\//, "");
}
