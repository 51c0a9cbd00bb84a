/**
 * A reservation service as fastify would serve it: the same request and answer as Holdfast's, whatever stands behind it. Prints the
 * port it listens on, and ends when it is asked to.
 */
import { randomUUID } from "node:crypto";
import fastify from "fastify";

export interface Reserve {
  key: string;
  productId: string;
  orderId: string;
  quantity: number;
  /** Of the new hold. */
  holdId: string;
  expiresAt: Date;
}

export interface Hold {
  reservationId: string;
  orderId: string;
  quantity: number;
  version: number;
  expiresAt: string;
}

export type Outcome = { hold: Hold; replayed: boolean } | "insufficient_stock";

/** What is sold by each count of it: they agree, or something was lost. */
export interface Totals {
  reserved: number;
  holds: number;
  events: number;
  keys: number;
  /** Products of which more is sold than there was. */
  oversold: number;
}

export interface Store {
  /** Each with that stock. */
  stock(productIds: string[], onHand: number): Promise<void>;
  /** Resolves when it is on the disk. */
  reserve(command: Reserve): Promise<Outcome>;
  totals(): Promise<Totals>;
  close(): Promise<unknown>;
}

const HOLD_MS = 900_000;

const reserveBody = {
  type: "object",
  required: ["quantity", "orderId"],
  properties: { quantity: { type: "integer", minimum: 1 }, orderId: { type: "string", maxLength: 200 } },
} as const;

const reserveAnswer = {
  type: "object",
  properties: {
    reservationId: { type: "string" },
    productId: { type: "string" },
    orderId: { type: "string" },
    quantity: { type: "integer" },
    state: { type: "string" },
    version: { type: "integer" },
    expiresAt: { type: "string" },
  },
} as const;

export async function serve(store: Store): Promise<void> {
  const app = fastify();
  app.post<{ Params: { id: string }; Body: { quantity: number; orderId: string } }>(
    "/v1/inventory/:id/reserve",
    { schema: { body: reserveBody, response: { 201: reserveAnswer } } },
    async (request, reply) => {
      const { id: productId } = request.params;
      const { quantity, orderId } = request.body;
      const key = request.headers["idempotency-key"];
      if (typeof key !== "string") return reply.code(400).send({ code: "idempotency_key_missing" });
      const expiresAt = new Date(Date.now() + HOLD_MS);
      const outcome = await store.reserve({
        key,
        productId,
        orderId,
        quantity,
        holdId: randomUUID(),
        expiresAt,
      });
      if (outcome === "insufficient_stock") return reply.code(409).send({ code: outcome });
      if (outcome.replayed) void reply.header("Idempotency-Replayed", "true");
      return reply.code(201).send({ productId, state: "held", ...outcome.hold });
    },
  );
  app.post<{ Body: { productIds: string[]; onHand: number } }>("/stock", async ({ body }) => {
    await store.stock(body.productIds, body.onHand);
    return {};
  });
  app.get("/totals", () => store.totals());
  const address = await app.listen({ host: "127.0.0.1", port: 0 });
  process.stdout.write(`${address}\n`);
  process.once("SIGTERM", () => {
    void app
      .close()
      .then(() => store.close())
      .finally(() => process.exit());
  });
}
