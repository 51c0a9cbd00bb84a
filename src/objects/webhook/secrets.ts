/** Signing, as Standard Webhooks says (https://www.standardwebhooks.com). Secrets never leave but in the answer that makes them. */
import { Webhook as Signer } from "standardwebhooks";
import type { Message } from "./attempt";
import type { WebhookSecret } from "../../domain/webhook";
import { MAX_WEBHOOK_SECRETS, WEBHOOK_SECRET_BYTES, WEBHOOK_SECRET_OVERLAP_MS } from "../../limits";

export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(WEBHOOK_SECRET_BYTES));
  return `whsec_${Buffer.from(bytes).toString("base64")}`;
}

/** The new one first; those before it go on signing for a while. */
export function rotated(secrets: readonly WebhookSecret[], secret: string, now: number): WebhookSecret[] {
  const until = now + WEBHOOK_SECRET_OVERLAP_MS;
  const old = active(secrets, now).map((one) => ({ ...one, until: one.until ?? until }));
  return [{ secret, until: null }, ...old].slice(0, MAX_WEBHOOK_SECRETS);
}

/** One signature per active secret, separated by spaces: a receiver looks for one that it can verify. */
export function signatures(
  secrets: readonly WebhookSecret[],
  { messageId, body, at }: Message & { at: number },
): string {
  return active(secrets, at)
    .map(({ secret }) => new Signer(secret).sign(messageId, new Date(at), body))
    .join(" ");
}

function active(secrets: readonly WebhookSecret[], now: number): WebhookSecret[] {
  return secrets.filter(({ until }) => until === null || until > now);
}
