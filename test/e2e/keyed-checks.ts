/** Every keyed request had its one effect: what was acknowledged is there, a retry changes nothing, nothing was invented. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { reservation } from "../../scripts/answers.ts";
import type { Answer, ApiClient } from "../../scripts/api-client.ts";
import { unitsById, type KeyedRequest } from "./keyed-load.ts";
import { readStocks } from "./products.ts";

const shortage = z.object({ code: z.literal("insufficient_stock") });

/** An acknowledged hold is there, and sold if its sale was acknowledged; only the product that is scarce is refused. */
export async function findLost(api: ApiClient, request: KeyedRequest, scarce?: string): Promise<string[]> {
  const { answer, reservationId, applied, asked } = request;
  if (!answer) return [];
  if (!applied)
    return mayBeRefused(request, answer, scarce) ? [] : [`${asked.key}: ${JSON.stringify(answer)}`];
  const { status, body } = await api.ask(`GET /v1/reservations/${reservationId}`);
  if (status !== 200) return [`${asked.verb} ${reservationId} was acknowledged; now it answers ${status}`];
  const { state } = reservation.parse(body);
  if (asked.verb === "confirm" && state !== "confirmed")
    return [`${reservationId} was sold; now it is ${state}`];
  return [];
}

/** The same key again gives the same answer; a request without an answer gets its one effect now. */
export async function findSecondEffect(
  api: ApiClient,
  request: KeyedRequest,
  scarce?: string,
): Promise<string[]> {
  const { answer: before, asked } = request;
  const again = await request.send(api);
  if (!before) {
    request.settle(again);
    if (!request.answer) return [`${asked.key} cannot be retried: ${request.failure}`];
    if (request.applied) return findSecondEffect(api, request, scarce);
    return mayBeRefused(request, again, scarce) ? [] : [`${asked.key}: ${JSON.stringify(again)}`];
  }
  if (before.status >= 300) {
    // A refusal is judged again: stock that ran out stays out here, so it may not turn into a hold.
    return again.status === before.status
      ? []
      : [`${asked.key} was refused with ${before.status}, then ${again.status}`];
  }
  return isDeepStrictEqual(again, { ...before, replayed: true })
    ? []
    : [`${asked.key} answered another time: ${JSON.stringify(again)}`];
}

function mayBeRefused({ asked }: KeyedRequest, { status, body }: Answer, scarce?: string): boolean {
  const { verb, productId } = asked;
  return verb === "reserve" && productId === scarce && status === 409 && shortage.safeParse(body).success;
}

/** The numbers of every product are those of the known holds, and the book knows no others. */
export async function findInvented(
  api: ApiClient,
  requests: KeyedRequest[],
  stockById: Map<string, number>,
): Promise<string[]> {
  const findings: string[] = [];
  const stocks = await readStocks(api, [...stockById.keys()]);
  for (const [productId, { held, confirmed, stateById }] of unitsById(requests)) {
    const onHand = (stockById.get(productId) ?? 0) - confirmed;
    const stock = stocks.get(productId);
    if (stock?.reserved !== held || stock.onHand !== onHand)
      findings.push(`${JSON.stringify(stock)}, expected ${held} reserved of ${onHand}`);

    const listed = await Array.fromAsync(api.pages(reservation, `/v1/reservations?productId=${productId}`));
    const inBook = new Map(listed.map(({ reservationId, state }) => [reservationId, state]));
    for (const [id, state] of inBook) {
      if (stateById.get(id) !== state)
        findings.push(`the book says ${id} is ${state}, expected ${stateById.get(id)}`);
    }
    for (const id of stateById.keys()) if (!inBook.has(id)) findings.push(`the book does not know ${id}`);
  }
  return findings;
}
