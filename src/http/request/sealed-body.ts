/**
 * Answers with a secret, as they are kept for a repeat of their request: encrypted (AES-256-GCM) with a key that is made of the
 * service's secret, the credential and the idempotency key. Whoever reads the storage alone learns nothing.
 */
import { createHmac } from "node:crypto";
import type { KeptAnswer } from "../../domain/kept-answer";
import { readConfig } from "../../env";
import type { Call } from "../route";
import { idempotencyKeyOf } from "./idempotency-key";

const NAME = "AES-GCM";
const NONCE_BYTES = 12;

export async function seal(call: Call, answer: KeptAnswer): Promise<KeptAnswer> {
  if (answer.body === null) return answer;
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt({ name: NAME, iv }, await keyOf(call), answer.body);
  return { ...answer, body: new Uint8Array(Buffer.concat([iv, new Uint8Array(sealed)])) };
}

export async function open(call: Call, answer: KeptAnswer): Promise<KeptAnswer> {
  if (answer.body === null) return answer;
  const iv = answer.body.subarray(0, NONCE_BYTES);
  const sealed = answer.body.subarray(NONCE_BYTES);
  const body = await crypto.subtle.decrypt({ name: NAME, iv }, await keyOf(call), sealed);
  return { ...answer, body: new Uint8Array(body) };
}

function keyOf({ credential, env, headers }: Call): Promise<CryptoKey> {
  const text = `holdfast sealed answer\n${credential.id}\n${idempotencyKeyOf(headers)}`;
  const bytes = createHmac("sha256", readConfig(env).keyIdSecret).update(text).digest();
  return crypto.subtle.importKey("raw", bytes, NAME, false, ["encrypt", "decrypt"]);
}
