/** The console as the browser gets it: its shell at every path of its own, the built files, and the products' pictures. */
import { nothingAt, problemResponse } from "../problem";
import { limited } from "../request/rate-limit";
import { requestIdOf } from "../request/request-id";
import { openRoute } from "../route";
import { pictureAnswer } from "./pictures";
import { shellAnswer } from "./shell";

const ASSETS = "/console/assets/*";
const PICTURES = "/console/pictures/{productId}";

/** Opened by itself, nothing in it runs. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** Their names have a hash of what is in them. */
const builtFile = openRoute(ASSETS, async (c) => {
  const asset = await c.env.ASSETS.fetch(c.req.raw);
  if (!asset.ok && asset.status !== 304) {
    await asset.body?.cancel();
    return problemResponse(c, nothingAt(c.req.path));
  }
  const headers = new Headers(asset.headers);
  headers.set("Cache-Control", "public, max-age=31536000, immutable");
  headers.set("Content-Security-Policy", POLICY);
  headers.set("X-Request-Id", requestIdOf(c));
  return new Response(asset.body, { status: asset.status, headers });
});

export const CONSOLE_ROUTES = [
  builtFile,
  openRoute(PICTURES, limited(PICTURES, pictureAnswer)),
  ...["/", "/console", "/console/*"].map((path) => openRoute(path, shellAnswer)),
];
