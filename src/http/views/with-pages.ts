/** Routes that answer JSON to programs and a page to whoever prefers one, and what goes wrong likewise. */
import type { Context } from "hono";
import { readConfig } from "../../env";
import { bodyAnswer } from "../answers";
import { shellAnswer } from "../console/shell";
import { negotiate } from "../request/accept";
import { presentedKey } from "../request/auth";
import type { AppEnv } from "../request/request-id";
import type { Call, Route } from "../route";
import * as z from "../zod";
import { errorPage } from "./error-page";
import { PAGE_HEADERS } from "./page";

export const PAGE_TYPES = ["application/json", "text/html"] as const;

/** Of a route with pages. */
export const format = z
  .maybe(z.literal("json"))
  .describe("For links, since a browser cannot say otherwise that it wants no page.");

export function wantsPage(request: Request): boolean {
  return prefersPages(request.headers.get("Accept")) && !new URL(request.url).searchParams.has("format");
}

/** Whether it did, as `withPages` found. */
export function isPage({ c }: Call): boolean {
  return c.get("errorPage") !== undefined;
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
    if (!wantsPage(c.req.raw)) return route.handle(c);
    c.set("errorPage", errorPage);
    return needsSignIn(c) ? shellAnswer(c) : route.handle(c);
  };
  return { ...route, handle };
}

/** A browser sends no key when it navigates. Where one is needed the console opens at this path, and asks for it. */
function needsSignIn({ req, env }: Context<AppEnv>): boolean {
  return !readConfig(env).publicCatalogReads && presentedKey(req.raw.headers) === null;
}

export function htmlAnswer(call: Call, body: string, headers: Record<string, string> = {}): Response {
  return bodyAnswer(call, body, { headers: { ...PAGE_HEADERS, ...headers } });
}
