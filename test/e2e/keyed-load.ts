/**
 * Reserves and confirms with idempotency keys, and remembers every request: what it asked, what was answered.
 */
import type { Answer, ApiClient } from "../../scripts/api-client.ts";
import { reservation } from "../../scripts/answers.ts";
import { errorText } from "../../scripts/command.ts";
import { startConnections, type Connections } from "./connections.ts";

const MAX_QUANTITY = 3;
const CONFIRMED_SHARE = 0.5;

interface Asked {
  verb: "reserve" | "confirm";
  productId: string;
  quantity: number;
  request: string;
  body: object;
  key: string;
}

/** A confirmed one is of a hold that is known; a reserve knows its hold once it is answered. */
export class KeyedRequest {
  readonly asked: Asked;
  reservationId: string | undefined;
  /** Missing while nobody knows what became of the request; `failure` says why. */
  answer: Answer | undefined;
  failure: string | undefined;
  askedAt = 0;
  answeredAt: number | undefined;

  constructor(asked: Asked, reservationId?: string) {
    this.asked = asked;
    this.reservationId = reservationId;
  }

  get applied(): boolean {
    return this.answer !== undefined && this.answer.status < 300;
  }

  send(api: ApiClient): Promise<Answer> {
    const { request, body, key } = this.asked;
    return api.ask(request, { body, key });
  }

  settle(answer: Answer): void {
    // What a dying server says about itself is no answer about the request.
    if (answer.status >= 500) {
      this.failure = `${answer.status} ${JSON.stringify(answer.body)}`;
      return;
    }
    this.answeredAt ??= performance.now();
    this.answer = answer;
    if (this.applied) ({ reservationId: this.reservationId } = reservation.parse(answer.body));
  }
}

interface LoadOptions {
  productIds: string[];
  connections: number;
  /** Keeps the keys of several loads apart. */
  name: string;
}

export interface Load extends Connections {
  /** Each from before it is sent. */
  requests: KeyedRequest[];
}

/** Goes on until it is stopped; a connection ends at its first request without an answer. */
export function startLoad(api: ApiClient, { productIds, connections, name }: LoadOptions): Load {
  const requests: KeyedRequest[] = [];
  let count = 0;
  const isAnswered = async (request: KeyedRequest) => {
    request.askedAt = performance.now();
    requests.push(request);
    try {
      request.settle(await request.send(api));
    } catch (error) {
      request.failure = errorText(error);
    }
    return request.answer !== undefined;
  };
  const reserveAndConfirm = async () => {
    const key = `${name}-${++count}`;
    const productId = productIds[Math.floor(Math.random() * productIds.length)] ?? "";
    const quantity = 1 + Math.floor(Math.random() * MAX_QUANTITY);
    const reserve = new KeyedRequest({
      verb: "reserve",
      productId,
      quantity,
      request: `POST /v1/inventory/${productId}/reserve`,
      body: { quantity, orderId: key },
      key,
    });
    if (!(await isAnswered(reserve))) return false;
    const { reservationId } = reserve;
    if (reservationId === undefined || Math.random() > CONFIRMED_SHARE) return true;
    const request = `POST /v1/reservations/${reservationId}/confirm`;
    const confirm = { verb: "confirm" as const, productId, quantity, request, body: {}, key: `${key}-paid` };
    return isAnswered(new KeyedRequest(confirm, reservationId));
  };
  return { requests, ...startConnections(connections, reserveAndConfirm) };
}

/** Findings: where every request should have been. */
export function notApplied(requests: KeyedRequest[]): string[] {
  return requests
    .filter(({ applied }) => !applied)
    .map(
      ({ asked, failure, answer }) => `${asked.key} was not applied: ${failure ?? JSON.stringify(answer)}`,
    );
}

export interface AcknowledgedHold {
  reservationId: string;
  answeredAt: number;
}

export function acknowledgedHolds(requests: KeyedRequest[]): AcknowledgedHold[] {
  return requests.flatMap(({ asked, applied, reservationId, answeredAt }) =>
    asked.verb === "reserve" && applied && reservationId && answeredAt ? [{ reservationId, answeredAt }] : [],
  );
}

interface Units {
  held: number;
  confirmed: number;
  stateById: Map<string, "held" | "confirmed">;
}

/** What must be true by the answers, by product. */
export function unitsById(requests: KeyedRequest[]): Map<string, Units> {
  const unitsByProduct = new Map<string, Units>();
  for (const { asked, applied, reservationId = "" } of requests) {
    if (!applied) continue;
    const { verb, productId, quantity } = asked;
    const units = unitsByProduct.get(productId) ?? { held: 0, confirmed: 0, stateById: new Map() };
    unitsByProduct.set(productId, units);
    units.held += verb === "reserve" ? quantity : -quantity;
    units.confirmed += verb === "confirm" ? quantity : 0;
    if (verb === "confirm") units.stateById.set(reservationId, "confirmed");
    else if (!units.stateById.has(reservationId)) units.stateById.set(reservationId, "held");
  }
  return unitsByProduct;
}
