/** Whether the Worker is alive. Touches nothing: it must answer while everything behind it is away. */
import type { App } from "../endpoint";
import { requestIdOf } from "../middleware/request-id";

export function healthRoutes(app: App): void {
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/health",
    operationId: "readHealth",
    summary: "Whether the service is alive",
    tags: ["Operation"],
    security: [],
    responses: {
      200: {
        description: "Alive",
        content: {
          "application/json": {
            schema: {
              type: "object",
              properties: { status: { type: "string", const: "healthy" } },
              required: ["status"],
            },
          },
        },
      },
    },
  });
  app.get("/health", (c) => c.json({ status: "healthy" }, 200, { "X-Request-Id": requestIdOf(c) }));
}
