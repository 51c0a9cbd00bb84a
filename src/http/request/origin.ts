/** Pages of other origins: which may call, and with which keys. */
import { isOrigin, readConfig } from "../../env";
import { ProblemError } from "../problem";
import type { Credential } from "./credential";
import { managedKeys } from "./managed-keys";

/** Throws a problem (403) when the request comes from a page that the key is not for, or from no page at all. */
export function requireOrigin({ origins }: Credential, headers: Headers): void {
  if (origins === null) return;
  const origin = headers.get("Origin");
  if (origin !== null && origins.includes(origin)) return;
  throw new ProblemError({
    code: "forbidden",
    detail:
      origin === null
        ? "This key works in pages of its origins alone."
        : "This key is not for pages of this origin.",
  });
}

/** What `Access-Control-Allow-Origin` says to a page of this origin; null: it may not call. */
export async function allowedOrigin(env: Env, origin: string): Promise<string | null> {
  const { corsOrigins } = readConfig(env);
  if (corsOrigins.has("*")) return "*";
  if (corsOrigins.has(origin)) return origin;
  if (!isOrigin(origin)) return null;
  try {
    return (await managedKeys(env.BOOK).allowsOrigin(origin)) ? origin : null;
  } catch {
    // Keys cannot be read, which has been logged: no key of that origin would pass either.
    return null;
  }
}
