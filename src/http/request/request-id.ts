/** The id under which one request is found again, in its answer and in the log. */
import type { Context } from "hono";
import type { ProblemCode, ProblemDocument } from "../problem";
import type { Credential } from "./credential";
import type { Standing } from "./rate-windows";

export interface AppEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    /** Who asks, once that is known; and the problem that is answered. For the metrics and the log. */
    credential?: Credential;
    problemCode?: ProblemCode;
    /** Of its client among the rate limits; none where nothing is counted. */
    standing?: Standing;
    /** A request header by which the answer differs. */
    variesBy?: string;
    /** The answer that was made with all its headers. */
    completed?: Response;
    /** Only where the request prefers pages: what goes wrong is then a page too. */
    errorPage?: (problem: ProblemDocument) => { body: string; headers: Record<string, string> };
  };
}

const WELL_FORMED = /^[A-Za-z0-9._:-]{1,128}$/;

/** The caller's own id where it is well-formed, else a new one; the same for the whole of the request. */
export function requestIdOf(c: Context<AppEnv>): string {
  const known: string | undefined = c.get("requestId");
  if (known !== undefined) return known;
  const given = c.req.raw.headers.get("X-Request-Id");
  const requestId = given !== null && WELL_FORMED.test(given) ? given : crypto.randomUUID();
  c.set("requestId", requestId);
  return requestId;
}
