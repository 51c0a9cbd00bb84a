/** Routes that answer JSON to programs and a page to whoever prefers one, and what goes wrong likewise. */
import { negotiate } from "../request/accept";
import { bodyAnswer } from "../answers";
import type { Call, Route } from "../route";
import * as z from "../zod";
import { errorPage } from "./error-page";
import { PAGE_HEADERS } from "./page";

export const PAGE_TYPES = ["application/json", "text/html"] as const;

/** Of a route with pages. */
export const format = z
  .maybe(z.literal("json"))
  .describe("For links, since a browser cannot say otherwise that it wants no page.");

export function wantsPage({ headers, url }: Request): boolean {
  return prefersPages(headers.get("Accept")) && !new URL(url).searchParams.has("format");
}

function prefersPages(accept: string | null): boolean {
  try {
    return negotiate(accept, PAGE_TYPES) === "text/html";
  } catch {
    return false;
  }
}

export function withPages<R extends Pick<Route, "handle">>(route: R): R {
  const handle: Route["handle"] = (c) => {
    c.set("variesBy", "Accept");
    if (wantsPage(c.req.raw)) c.set("errorPage", errorPage);
    return route.handle(c);
  };
  return { ...route, handle };
}

export function htmlAnswer(call: Call, body: string, headers: Record<string, string> = {}): Response {
  return bodyAnswer(call, body, { headers: { ...PAGE_HEADERS, ...headers } });
}
