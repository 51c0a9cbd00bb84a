/** What every answer says of how it may be kept and read, whichever route it comes from. */

/** Of the catalog: it may be kept anywhere, and is revalidated before it is used. */
export function shared(answer: Response): Response {
  return answer.headers.has("Cache-Control") ? answer : withHeader(answer, "Cache-Control", "no-cache");
}

/**
 * Anything else is for the caller alone. What a route says of itself stands; what may be kept by others is another to pages of
 * another origin (`fromPage`: of which the answer speaks already).
 */
export function sealed(answer: Response, fromPage = false): Response {
  const safe = withHeader(answer, "X-Content-Type-Options", "nosniff");
  if (!safe.headers.has("Cache-Control"))
    return withHeader(safe, "Cache-Control", safe.headers.has("ETag") ? "private, no-cache" : "no-store");
  if (!fromPage) safe.headers.append("Vary", "Origin");
  return safe;
}

/** The same answer; a copy where its headers are another's, as those of an asset are. */
export function withHeader(answer: Response, name: string, value: string): Response {
  try {
    answer.headers.set(name, value);
    return answer;
  } catch {
    const copy = new Response(answer.body, answer);
    copy.headers.set(name, value);
    return copy;
  }
}
