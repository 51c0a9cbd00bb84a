import { use } from "./use.js";

// oxlint-disable-next-line import/no-default-export -- a Worker has one
export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/health") return new Response("ok");
    return Response.json(await use(Object.fromEntries(searchParams)));
  },
};
