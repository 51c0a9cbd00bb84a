/**
 * The console's shell: one file that answers every page of it, open to everybody, since all data needs a key that only the
 * page has. Its policy lets run what this host serves, and nothing of it be made from text.
 */
import type { Context } from "hono";
import { requestIdOf, type AppEnv } from "../request/request-id";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** All but writing to the clipboard, which copies a new key. */
const DENIED = [
  "accelerometer",
  "autoplay",
  "browsing-topics",
  "camera",
  "clipboard-read",
  "display-capture",
  "encrypted-media",
  "fullscreen",
  "geolocation",
  "gyroscope",
  "hid",
  "idle-detection",
  "local-fonts",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "picture-in-picture",
  "publickey-credentials-get",
  "screen-wake-lock",
  "serial",
  "usb",
  "window-management",
  "xr-spatial-tracking",
];

const HEADERS = {
  "Cache-Control": "no-cache",
  "Content-Security-Policy": POLICY,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Permissions-Policy": DENIED.map((feature) => `${feature}=()`).join(", "),
  "Referrer-Policy": "no-referrer",
};

/** Under this path the built files have it. */
const SHELL = "/console/";
const NOT_BUILT =
  "The console has not been built: `npm run build:console` does that, and `npm start` does it by itself.\n";

export async function shellAnswer(c: Context<AppEnv>): Promise<Response> {
  const { url, headers: asked } = c.req.raw;
  const known = asked.get("If-None-Match");
  const headers = new Headers(HEADERS);
  headers.set("X-Request-Id", requestIdOf(c));
  const asset = await c.env.ASSETS.fetch(
    new Request(new URL(SHELL, url), known === null ? {} : { headers: { "If-None-Match": known } }),
  );
  const ETag = asset.headers.get("ETag");
  if (ETag !== null) headers.set("ETag", ETag);
  if (asset.status === 304) return new Response(null, { status: 304, headers });
  if (asset.ok) {
    headers.set("Content-Type", "text/html; charset=utf-8");
    return new Response(asset.body, { headers });
  }
  await asset.body?.cancel();
  headers.set("Content-Type", "text/plain; charset=utf-8");
  headers.set("Cache-Control", "no-store");
  headers.delete("ETag");
  return new Response(NOT_BUILT, { status: 503, headers });
}
