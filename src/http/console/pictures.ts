/**
 * `GET /console/pictures/{productId}`: the picture that the catalog names, through this host, so that a browser at the console
 * speaks to no other. Open to everybody, as pictures cannot send a key: only of products that there are, bounded in time and
 * size, only what browsers draw and cannot run, kept in the place's cache. Whatever goes wrong is 404.
 */
import type { Context } from "hono";
import { outboundUrlFault } from "../../domain/outbound-url";
import { readConfig } from "../../env";
import {
  MAX_PICTURE_BYTES,
  NO_PICTURE_KEPT_SECONDS,
  PICTURE_FRESH_SECONDS,
  PICTURE_KEPT_SECONDS,
  PICTURE_TIMEOUT_MS,
} from "../../limits/pictures";
import { logError } from "../../telemetry/log";
import { withTimeout } from "../../timeout";
import { problemResponse } from "../problem";
import { productEntry } from "../products/product-entry";
import { requestIdOf, type AppEnv } from "../request/request-id";
import { productId } from "../schemas/primitives";
import { readShownProduct } from "../views/shown-product";

/** No SVG: it may carry scripts. */
const TYPES = new Set(["image/png", "image/jpeg", "image/webp", "image/avif", "image/gif"]);
const KEPT = "https://pictures.holdfast.invalid/?of=";
/** A browser that reloads must not be able to ask past the caches. */
const NO_HEADERS = new Headers();

export async function pictureAnswer(c: Context<AppEnv>): Promise<Response> {
  const address = await pictureAddress(c);
  const picture = address === null ? null : await keptPicture(c, address);
  if (!picture) return noPicture(c);
  const headers = new Headers({
    "Content-Type": picture.headers.get("Content-Type") ?? "",
    "Cache-Control": `public, max-age=${PICTURE_FRESH_SECONDS}`,
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Request-Id": requestIdOf(c),
  });
  return new Response(picture.body, { headers });
}

function noPicture(c: Context<AppEnv>): Response {
  return problemResponse(c, {
    code: "route_not_found",
    detail: "There is no picture of this product that can be shown.",
    headers: { "Cache-Control": `public, max-age=${NO_PICTURE_KEPT_SECONDS}` },
  });
}

/** Where the catalog says that it is; null: it says nothing, or names a place that nothing may be fetched from. */
async function pictureAddress(c: Context<AppEnv>): Promise<string | null> {
  const id = productId.safeParse(c.req.param("productId"));
  if (!id.success) return null;
  const entry = await productEntry(
    { c, env: c.env, headers: NO_HEADERS, requestId: requestIdOf(c) },
    id.data,
  );
  const address = entry ? readShownProduct(entry.body).imageUrl : null;
  if (address === null) return null;
  const rules = { allowsLocalhost: readConfig(c.env).webhookAllowsLocalhost };
  return outboundUrlFault(address, rules) === undefined ? address : null;
}

async function keptPicture(c: Context<AppEnv>, address: string): Promise<Response | null> {
  const key = KEPT + encodeURIComponent(address);
  const kept = await caches.default.match(key);
  if (kept) return isPicture(kept) ? kept : null;
  const fetched = await fetchPicture(address);
  const seconds = fetched ? PICTURE_KEPT_SECONDS : NO_PICTURE_KEPT_SECONDS;
  const headers = {
    "Content-Type": fetched?.type ?? "text/plain",
    "Cache-Control": `public, max-age=${seconds}`,
  };
  const keeping = caches.default.put(key, new Response(fetched?.bytes ?? "none", { headers }));
  c.executionCtx.waitUntil(keeping.catch((error: unknown) => logError("picture not kept", error)));
  return fetched ? new Response(fetched.bytes, { headers }) : null;
}

function isPicture({ headers }: Response): boolean {
  return TYPES.has(typeIn(headers));
}

function typeIn(headers: Headers): string {
  return (headers.get("Content-Type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

interface Picture {
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** null: what is there is no picture, too big, elsewhere, or does not come in time. Never rejects. */
async function fetchPicture(address: string): Promise<Picture | null> {
  const stop = new AbortController();
  const reading = async () => {
    const headers = { accept: [...TYPES].join(", "), "user-agent": "holdfast" };
    const response = await fetch(address, { headers, redirect: "manual", signal: stop.signal });
    if (!response.ok || !isPicture(response)) return null;
    const bytes = await readBytes(response);
    return bytes && { type: typeIn(response.headers), bytes };
  };
  try {
    return await withTimeout(reading(), PICTURE_TIMEOUT_MS, "the picture's host");
  } catch {
    // It is shown as a tile, and asked for again later: whose fault it is concerns nobody here.
    return null;
  } finally {
    // Ends a request that goes on, and a body that nobody reads to its end.
    stop.abort();
  }
}

async function readBytes({ body, headers }: Response): Promise<Uint8Array<ArrayBuffer> | null> {
  if (Number(headers.get("Content-Length") ?? 0) > MAX_PICTURE_BYTES) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_PICTURE_BYTES) return null;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
