/**
 * Reserves and confirms with idempotency keys, and remembers every request: what it asked, what it was told.
 */

const MAX_QUANTITY = 3;
const CONFIRMED_SHARE = 0.5;

/**
 * @typedef {{
 *   verb: "reserve" | "confirm",
 *   productId: string,
 *   quantity: number,
 *   path: string,
 *   body: object,
 *   key: string,
 *   reservationId: string | undefined,
 *   answer: import("./api.mjs").Answer | undefined,
 *   failure: string | undefined,
 *   askedAt: number,
 *   answeredAt: number | undefined,
 *   settle(answer: import("./api.mjs").Answer): void,
 * }} KeyedRequest
 * `answer` is missing while nobody knows what became of the request; `failure` says why.
 */

/**
 * Goes on until `signal` aborts; a connection ends at its first request without an answer.
 * @param {{
 *   api: import("./api.mjs").Api,
 *   productIds: string[],
 *   connections: number,
 *   name: string,
 *   requests: KeyedRequest[],
 *   signal: AbortSignal,
 * }} load `name` keeps the keys of several loads apart; requests are added to `requests` before they are sent
 */
export async function runLoad({ api, productIds, connections, name, requests, signal }) {
  let count = 0;
  const ask = async (request) => {
    request.askedAt = performance.now();
    requests.push(request);
    try {
      request.settle(await api.post(request.path, request.body, request.key));
    } catch (error) {
      request.failure = error.cause?.message ?? error.message;
    }
    return request.answer !== undefined;
  };
  const connection = async () => {
    while (!signal.aborted) {
      const key = `${name}-${++count}`;
      const productId = productIds[Math.floor(Math.random() * productIds.length)];
      const quantity = 1 + Math.floor(Math.random() * MAX_QUANTITY);
      const reserve = keyedRequest({
        verb: "reserve",
        productId,
        quantity,
        path: `/v1/inventory/${productId}/reserve`,
        body: { quantity, orderId: key },
        key,
      });
      if (!(await ask(reserve))) return;
      const { reservationId } = reserve;
      if (reservationId === undefined || Math.random() > CONFIRMED_SHARE || signal.aborted) continue;
      const confirm = keyedRequest({
        verb: "confirm",
        productId,
        quantity,
        path: `/v1/reservations/${reservationId}/confirm`,
        body: {},
        key: `${key}-paid`,
        reservationId,
      });
      if (!(await ask(confirm))) return;
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
}

/**
 * What must be true by the answers.
 * @param {KeyedRequest[]} requests
 * @returns {Map<string, { held: number, confirmed: number, stateById: Map<string, "held" | "confirmed"> }>}
 */
export function unitsById(requests) {
  const units = new Map();
  for (const { verb, productId, quantity, reservationId, answer } of requests) {
    if (!answer || answer.status >= 300) continue;
    const own = units.get(productId) ?? { held: 0, confirmed: 0, stateById: new Map() };
    units.set(productId, own);
    own.held += verb === "reserve" ? quantity : -quantity;
    own.confirmed += verb === "confirm" ? quantity : 0;
    if (verb === "confirm" || !own.stateById.has(reservationId))
      own.stateById.set(reservationId, verb === "confirm" ? "confirmed" : "held");
  }
  return units;
}

function keyedRequest(fields) {
  return {
    reservationId: undefined,
    answer: undefined,
    failure: undefined,
    askedAt: 0,
    answeredAt: undefined,
    ...fields,
    settle(answer) {
      // What a dying server says about itself is no answer about the request.
      if (answer.status >= 500) {
        this.failure = `${answer.status} ${JSON.stringify(answer.body)}`;
        return;
      }
      this.answeredAt ??= performance.now();
      this.answer = answer;
      if (answer.status < 300) this.reservationId = answer.body.reservationId;
    },
  };
}
