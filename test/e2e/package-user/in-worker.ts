import { argumentsOf, use } from "./use.js";

// oxlint-disable-next-line import/no-default-export -- a Worker has one
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/health") return new Response("ok");
    return Response.json(await use(argumentsOf(searchParams)));
  },
};
