/** Whether the Worker is alive, and how the book was seen last: it must answer while that is away. */
import type { Context } from "hono";
import { requireBookSchema, seenBookSchema, type BookSchema } from "../../d1/book-schema";
import { readConfig } from "../../env";
import { D1_TIMEOUT_MS, HEALTH_LOOK_TIMEOUT_MS } from "../../limits";
import { withTimeout } from "../../timeout";
import { requestIdOf, type AppEnv } from "../request/request-id";
import { openRoute } from "../route";

const BODY = {
  type: "object" as const,
  properties: {
    status: { type: "string" as const, enum: ["healthy", "degraded"] },
    book: {
      type: "string" as const,
      const: "not_migrated",
      description: "Only while the book waits for its migrations: it is neither read nor written.",
    },
  },
  required: ["status"],
};

export const readHealth = openRoute(
  "/health",
  async (c) => {
    readConfig(c.env);
    const book = await lastSeen(c);
    const body = book === "not_migrated" ? { status: "degraded", book } : { status: "healthy" };
    return c.json(body, 200, { "X-Request-Id": requestIdOf(c) });
  },
  {
    operationId: "readHealth",
    summary: "Whether the service is alive",
    tags: ["Operation"],
    security: [],
    responses: {
      200: { description: "Alive", content: { "application/json": { schema: BODY } } },
    },
  },
);

/** Waits for the book only when nobody has ever looked; else what is wrong is looked at again behind the answer. */
async function lastSeen(c: Context<AppEnv>): Promise<BookSchema | undefined> {
  const { BOOK } = c.env;
  const seen = seenBookSchema(BOOK);
  if (seen === "current") return seen;
  const waitMs = seen === undefined ? HEALTH_LOOK_TIMEOUT_MS : D1_TIMEOUT_MS;
  const looked = withTimeout(requireBookSchema(BOOK), waitMs, "D1").catch(() => undefined);
  if (seen === undefined) await looked;
  else c.executionCtx.waitUntil(looked);
  return seenBookSchema(BOOK);
}
