/**
 * One request of each kind under an idempotency key, and the same again later, by whatever code answers then: the first answer
 * stands, and nothing happens twice.
 */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Answer, ApiClient } from "../../scripts/api-client.ts";
import { reservation } from "../../scripts/answers.ts";

const ITEM = "KEYED-1";
const OTHER = "KEYED-2";
export const KEYED_IDS = [ITEM, OTHER];

interface Sent {
  request: string;
  body: object;
  key: string;
  answer: Answer;
}

const batchAnswer = z.object({ summary: z.object({ failed: z.literal(0) }).optional() });

/** Throws where one is refused. */
export async function sendKeyed(api: ApiClient): Promise<Sent[]> {
  const sent: Sent[] = [];
  const send = async (request: string, body: object) => {
    const key = `each-${sent.length}`;
    const answer = await api.ask(request, { body, key });
    if (answer.status >= 300) throw new Error(`${request}: ${JSON.stringify(answer)}`);
    sent.push({ request, body, key, answer });
    return answer.body;
  };
  const stock = `/v1/inventory/${ITEM}`;
  const hold = async (body: object) =>
    `/v1/reservations/${reservation.parse(await send(`POST ${stock}/reserve`, body)).reservationId}`;
  for (const productId of KEYED_IDS) await send("POST /v1/inventory", { productId, initialQuantity: 50 });
  await send(`PATCH /v1/products/${ITEM}`, { name: "Keyed" });
  await send(`POST ${stock}/adjust`, { delta: 5, type: "receipt", reason: "delivered" });
  await send(`PUT ${stock}`, { newQuantity: 60, reason: "stock take" });
  await send(`PATCH ${stock}/levels/main`, { safetyStock: 1 });
  const sold = await hold({ quantity: 2 });
  await send(`PATCH ${sold}`, { quantity: 3 });
  await send(`POST ${sold}/extend`, { ttlSeconds: 5000 });
  await send(`POST ${sold}/confirm`, {});
  await send(`POST ${sold}/return`, { quantity: 1, restock: true, reason: "unwanted" });
  await send(`POST ${await hold({ quantity: 1, ttlSeconds: 600 })}/release`, {});
  await hold({ quantity: 2, orderId: "KEYED-ORDER" });
  await send(`POST ${stock}/release`, { orderId: "KEYED-ORDER", quantity: 1 });
  const lines = KEYED_IDS.map((productId) => ({ productId, quantity: 1 }));
  for (const orderId of ["KEYED-SOLD", "KEYED-FREED"])
    await send("POST /v1/reservations", { orderId, lines });
  await send("POST /v1/reservations/confirm", { orderId: "KEYED-SOLD" });
  await send("POST /v1/reservations/release", { orderId: "KEYED-FREED" });
  const update = { productId: ITEM, delta: 1 };
  await send("POST /v1/inventory/updates", { storeId: "S", ...update });
  const updates = KEYED_IDS.map((productId) => ({
    productId,
    delta: 1,
    idempotencyKey: `each-row-${productId}`,
  }));
  await send("POST /v1/inventory/updates", { storeId: "S", updates });
  const adjust = { op: "adjust", productId: ITEM, delta: 1, type: "receipt", reason: "delivered" };
  await send("POST /v1/inventory/bulk", {
    operations: [adjust, { op: "reserve", productId: ITEM, quantity: 1 }],
  });
  return sent;
}

/** Findings. Of what is answered row by row the numbers of the products say that nothing happened twice. */
export async function repeatKeyed(api: ApiClient, sent: Sent[]): Promise<string[]> {
  const findings: string[] = [];
  for (const { request, body, key, answer } of sent) {
    const again = await api.ask(request, { body, key });
    const isBatch = /\/(updates|bulk)$/.test(request);
    const same = isBatch
      ? again.status === answer.status && batchAnswer.safeParse(again.body).success
      : isDeepStrictEqual(again, { ...answer, replayed: true });
    if (!same)
      findings.push(`${request} under its key: ${JSON.stringify(answer)}, then ${JSON.stringify(again)}`);
  }
  return findings;
}
