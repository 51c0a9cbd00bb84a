/** The few files that pages are drawn with: of this host, and open to everybody. */
import { shared } from "../request/answer-headers";
import { requestIdOf } from "../request/request-id";
import { openRoute } from "../route";

/** An icon can be opened as a document of its own, in which nothing is to run. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

export const PAGE_FILES = ["/views/style.css", "/views/icon.svg"].map((path) =>
  openRoute(path, async (c) => {
    const asset = await c.env.ASSETS.fetch(c.req.raw);
    const headers = new Headers(asset.headers);
    headers.set("Content-Security-Policy", POLICY);
    headers.set("X-Request-Id", requestIdOf(c));
    return shared(new Response(asset.body, { status: asset.status, headers }));
  }),
);
