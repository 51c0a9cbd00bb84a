/** The way to a webhook's object: every call bounded, its refusals as problems. */
import { wholeLogEnds } from "../../archive/whole-log";
import { outboundUrlFault } from "../../domain/outbound-url";
import type { BookEnds, WebhookAnswer, WebhookRefusal } from "../../domain/webhook";
import { readConfig } from "../../env";
import { WEBHOOK_CALL_TIMEOUT_MS } from "../../limits";
import { logError } from "../../telemetry/log";
import { withTimeout } from "../../timeout";
import { jsonTextAnswer } from "../answers";
import { badField, offsetExpired, ProblemError, type Problem } from "../problem";
import { requestKeyOf, type RequestKey } from "../request/idempotency-key";
import type { Call } from "../route";
import { orOverloaded } from "./reach";

const WEBHOOK_ID = /^wh_[0-9A-HJKMNP-TV-Z]{26}$/;

type WebhookStub = ReturnType<Env["WEBHOOK"]["getByName"]>;

/** Throws a problem: 404 for what cannot be an id, 503 when the object cannot be reached or fails. */
export async function askWebhook<T>(
  env: Env,
  webhookId: string,
  ask: (stub: WebhookStub) => Promise<T>,
): Promise<T> {
  if (!WEBHOOK_ID.test(webhookId)) throw unknownWebhook(webhookId);
  const asking = ask(env.WEBHOOK.getByName(webhookId));
  return orOverloaded(withTimeout(asking, WEBHOOK_CALL_TIMEOUT_MS, "webhook"));
}

export function unknownWebhook(webhookId: string): ProblemError {
  const detail = `There is no webhook ${webhookId.slice(0, 64)}.`;
  return new ProblemError({ code: "route_not_found", detail });
}

/** For what can be said without the book: null when it cannot be read. */
export function bookEndsIfKnown(env: Env): Promise<BookEnds | null> {
  return wholeLogEnds(env).catch((error: unknown) => {
    logError("webhook shown without the book", error);
    return null;
  });
}

/** Throws a problem (400) for a URL that nothing may be sent to. */
export function requireOutboundUrl(env: Env, url: string): void {
  const fault = outboundUrlFault(url, { allowsLocalhost: readConfig(env).webhookAllowsLocalhost });
  if (fault !== undefined) throw badField("body.url", "url_refused", fault);
}

/** Asks the object for a change; its own answer, or its refusal as a problem. */
export async function changeWebhook<Ends extends BookEnds | null>(
  call: Call<{ id: string }>,
  ends: Ends,
  ask: (stub: WebhookStub, asked: { ends: Ends; actor: string; key?: RequestKey }) => Promise<WebhookAnswer>,
): Promise<Response> {
  const { id } = call.params;
  const key = requestKeyOf(call);
  const asked = { ends, actor: call.credential.actor, ...(key && { key }) };
  const answer = await askWebhook(call.env, id, (stub) => ask(stub, asked));
  if (!answer.ok) throw new ProblemError(refusalProblem(id, answer.reason, ends));
  return jsonTextAnswer(call, answer.body, { replayed: answer.replayed });
}

export function refusalProblem(
  webhookId: string,
  reason: WebhookRefusal["reason"],
  ends: BookEnds | null,
): Problem {
  switch (reason) {
    case "unknown":
      return unknownWebhook(webhookId).problem;
    case "key_reused":
      return { code: "idempotency_key_reused", detail: "The key was used for another request." };
    case "expired":
      return offsetExpired(ends?.oldest);
    case "ahead": {
      const message = "is past what the webhook has come to: events would be skipped";
      return badField("body.fromOffset", "too_big", message).problem;
    }
  }
}
