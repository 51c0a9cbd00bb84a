/**
 * Live tickets: what a browser's `EventSource` and `WebSocket` send in the place of a key, in the URL. One is signed for a
 * secret of a key, and for an origin where the key has origins; it is good for a minute and ends with the secret.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Config } from "../../env";
import { LIVE_TICKET_MS } from "../wire-limits";
import type { Credential } from "./credential";

const FORM = /^([0-9a-f]{16})\.([0-9a-z]{1,10})\.([\w-]{43})$/;

export interface Ticket {
  keyId: string;
  expiresAtMs: number;
  signature: string;
}

export function newTicket(config: Config, credential: Credential, origin: string | null) {
  const expiresAtMs = Date.now() + LIVE_TICKET_MS;
  const { keyId } = credential;
  const signature = sign(config, credential, { keyId, expiresAtMs, origin });
  return { ticket: `${keyId}.${expiresAtMs.toString(36)}.${signature}`, expiresAtMs };
}

/** undefined: it is none, or its time is over. Who signed it is still to be seen. */
export function readTicket(text: string): Ticket | undefined {
  const [, keyId = "", expiry = "", signature = ""] = FORM.exec(text) ?? [];
  const expiresAtMs = Number.parseInt(expiry, 36);
  return expiresAtMs > Date.now() ? { keyId, expiresAtMs, signature } : undefined;
}

/** It was made with this secret, at this origin if the key has origins. */
export function isTicketOf(ticket: Ticket, by: { config: Config; origin: string | null }) {
  const { keyId, expiresAtMs } = ticket;
  const signature = Buffer.from(ticket.signature);
  return (credential: Credential): boolean => {
    const wanted = sign(by.config, credential, { keyId, expiresAtMs, origin: by.origin });
    return timingSafeEqual(Buffer.from(wanted), signature);
  };
}

function sign(
  { keyIdSecret }: Config,
  { digest, origins }: Credential,
  { keyId, expiresAtMs, origin }: Omit<Ticket, "signature"> & { origin: string | null },
): string {
  const parts = ["holdfast live ticket", keyId, expiresAtMs, digest, origins === null ? "" : origin];
  return createHmac("sha256", keyIdSecret).update(parts.join("\n")).digest("base64url");
}
