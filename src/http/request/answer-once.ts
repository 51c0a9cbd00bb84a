/**
 * One effect and one answer per idempotency key, for every request that is not about one product (a product's object keeps
 * the keys of its own). The key's object knows which request it was before anything is done, and keeps the answer when there
 * is one. An answer that says that nothing was done (4xx) leaves the key free; one that says that we failed (5xx) is not
 * kept, so that the request may be sent again.
 */
import { BadCursor } from "../../d1/page";
import type { Begun, KeptAnswer } from "../../domain/kept-answer";
import { IDEMPOTENCY_CALL_TIMEOUT_MS } from "../../limits";
import { logError } from "../../telemetry/log";
import { withTimeout } from "../../timeout";
import { bodyAnswer } from "../answers";
import { reach } from "../clients/reach";
import { OVERLOADED, ProblemError, problemResponse, PROBLEMS } from "../problem";
import { refusalProblem } from "../refusal-problem";
import type { Call } from "../route";
import { fingerprint, idempotencyKeyOf, requestParts } from "./idempotency-key";
import { open, seal } from "./sealed-body";

export interface Run {
  /** It began before under this key and never came to an answer that is kept: some of it may be done already. */
  readonly resumed: boolean;
  /** Set to false when not all of it is known to be decided: then it runs again when it comes again. */
  keep: boolean;
}

type Work = (run: Run) => Promise<Response>;
type KeyStub = ReturnType<Env["IDEMPOTENCY"]["getByName"]>;

const REUSED = refusalProblem({ code: "idempotency_key_reused" });
const KEPT_HEADERS = ["Content-Type", "Location", "ETag"];

/**
 * `sealed`: the answer has a secret, and is kept so that it cannot be read where it is kept. Throws a problem: 400 for a
 * malformed key, 503 when its object cannot be reached (nothing was done).
 */
export async function answerOnce(call: Call, work: Work, sealed = false): Promise<Response> {
  const key = idempotencyKeyOf(call.headers);
  if (key === undefined) return work({ resumed: false, keep: false });
  const print = fingerprint(requestParts(call, call.query, call.body));
  const begun = await askKey(call, key, async (stub): Promise<Begun> => stub.begin(print));
  if (begun.state === "answered") return replay(call, sealed ? await open(call, begun.answer) : begun.answer);
  if (begun.state === "reused") return problemResponse(call.c, REUSED);
  if (begun.state === "busy") return problemResponse(call.c, OVERLOADED);
  const running = runUnder({ ...begun, key, print, sealed }, call, work);
  // A caller that hangs up does not end it: whoever asks again finds its answer.
  call.c.executionCtx.waitUntil(running.catch(() => undefined));
  return running;
}

/** For a request whose rows have keys of their own: whether it came before, with this content. Throws a problem (422, 503). */
export async function claimKey(call: Call, key: string, content: unknown[]): Promise<boolean> {
  const print = fingerprint(requestParts(call, ...content));
  const claimed = await askKey(call, key, (stub) => stub.claim(print));
  if (claimed === "reused") throw new ProblemError(REUSED);
  return claimed === "again";
}

type Claim = Extract<Begun, { state: "first" }> & {
  key: string;
  print: string;
  sealed: boolean;
};

async function runUnder(
  { key, print, attempt, resumed, sealed }: Claim,
  call: Call,
  work: Work,
): Promise<Response> {
  const run: Run = { resumed, keep: true };
  const abandon = (untouched: boolean) =>
    askKey(call, key, (stub) => stub.abandon(attempt, untouched && !resumed)).catch(notKept);
  try {
    const response = await work(run);
    if (!response.ok || !run.keep) {
      await abandon(!response.ok && response.status < 500);
      return response;
    }
    const answer = await answerOf(response);
    // What was done is answered even when the answer cannot be kept: if it is sent again, the rows replay by their own keys.
    const kept = sealed ? await seal(call, answer) : answer;
    const earlier = await askKey(call, key, (stub) => stub.finish(print, kept)).catch(notKept);
    if (earlier) return replay(call, sealed ? await open(call, earlier) : earlier);
    return new Response(answer.body, response);
  } catch (error) {
    await abandon(isRefusal(error));
    throw error;
  }
}

/** Thrown before anything was done. */
function isRefusal(error: unknown): boolean {
  if (error instanceof ProblemError) return PROBLEMS[error.problem.code].status < 500;
  return error instanceof BadCursor;
}

function notKept(error: unknown): undefined {
  logError("answer not kept", error instanceof ProblemError ? error.cause : error);
}

async function answerOf(response: Response): Promise<KeptAnswer> {
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = response.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const body = response.body === null ? null : new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers, body };
}

function replay(call: Call, { status, headers, body }: KeptAnswer): Response {
  return bodyAnswer(call, body, { status, headers, replayed: true });
}

/** A line feed divides the two: it can stand in neither. Throws a problem (503). */
function askKey<T>(call: Call, key: string, ask: (stub: KeyStub) => Promise<T>): Promise<T> {
  const name = `${call.credential.id}\n${key}`;
  const asking = () =>
    withTimeout(ask(call.env.IDEMPOTENCY.getByName(name)), IDEMPOTENCY_CALL_TIMEOUT_MS, "idempotency key");
  return reach(asking, true);
}
