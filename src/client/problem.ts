/** Errors: what the service refused, as it said it, and what never came to an answer. */
import type { ProductStatus, StockNumbers } from "./wire.ts";

export interface FieldError {
  /** `body.lines[0].quantity` */
  path: string;
  code: string;
  message: string;
}

export interface Shortage {
  productId: string;
  locationId: string;
  requested: number;
  available: number;
}

type None = Record<never, never>;

/** What a problem says beside the members that all have. */
export interface ProblemFacts {
  /** The first 50 of `errorCount`. */
  validation_failed: { errors: FieldError[]; errorCount: number };
  malformed_json: None;
  unauthenticated: None;
  forbidden: { requiredScope?: string; requiredScopes?: string[] };
  product_not_found: { productId: string };
  location_not_found: { locationId: string };
  level_not_found: { productId: string; locationId: string };
  reservation_not_found: { reservationId?: string; orderId?: string };
  order_not_found: { orderId: string };
  route_not_found: None;
  method_not_allowed: None;
  not_acceptable: None;
  product_exists: { productId: string; version: number };
  insufficient_stock: { shortages: Shortage[] };
  product_not_active: { productId: string; productStatus: ProductStatus };
  version_conflict: { expected: number; current: number; inventory: StockNumbers };
  reservation_already_confirmed: { reservationId: string };
  reservation_already_released: { reservationId: string; supersededBy?: string };
  order_exists: { orderId: string; state?: string };
  level_in_use: { locationId: string; onHand: number; reserved: number };
  location_exists: { locationId: string };
  location_in_use: { locationId: string; products: string[] };
  location_closed: { locationId: string };
  product_in_use: { productId: string; onHand: number; reserved: number };
  source_not_configured: None;
  extension_limit_reached: { reservationId: string; limit: number; limitDays: number };
  customer_limit_reached: { customerId: string; limit: number; taken: number; requested: number };
  reservation_expired: { reservationId: string; expiresAt: string };
  offset_expired: { oldestOffset: number };
  body_too_large: { limitBytes?: number };
  unsupported_media_type: None;
  idempotency_key_reused: None;
  below_reserved: { locationId: string; newQuantity: number; reserved: number; holds: string[] };
  customer_required: { productId: string; limit: number };
  reason_required: None;
  exceeds_held: { reservationId: string; requested: number; held?: number; returnable?: number };
  rate_limited: None;
  holds_limit_reached: None;
  internal: None;
  book_unavailable: None;
  misconfigured: None;
  overloaded: None;
}

export type ProblemCode = keyof ProblemFacts;

/** RFC 9457, as it is sent. */
export type Problem<C extends ProblemCode = ProblemCode> = {
  [Code in C]: {
    type: string;
    title: string;
    status: number;
    detail: string;
    instance: string;
    code: Code;
    requestId: string;
  } & ProblemFacts[Code];
}[C];

export class HoldfastError extends Error {
  override readonly name: string = "HoldfastError";
}

/**
 * No answer, or one that is not the service's, though it was tried `attempts` times. Whether a change was made is not known:
 * the same call with the same `idempotencyKey` is safe.
 */
export class ConnectionError extends HoldfastError {
  override readonly name = "ConnectionError";
  readonly attempts: number;
  readonly idempotencyKey: string | undefined;

  constructor(message: string, { attempts, idempotencyKey, cause }: Failure) {
    super(message, { cause });
    this.attempts = attempts;
    this.idempotencyKey = idempotencyKey;
  }
}

interface Failure {
  attempts: number;
  idempotencyKey?: string | undefined;
  cause: unknown;
}

/** The service refused, and says why. */
export class ProblemError<C extends ProblemCode = ProblemCode> extends HoldfastError {
  override readonly name = "ProblemError";
  readonly status: number;
  readonly code: C;
  readonly problem: Problem<C>;
  readonly requestId: string;
  readonly retryAfterMs: number | undefined;

  constructor(problem: Problem<C>, retryAfterMs?: number) {
    super(`${problem.title}: ${problem.detail}`);
    this.status = problem.status;
    this.code = problem.code;
    this.problem = problem;
    this.requestId = problem.requestId;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Whether it is a refusal, of one of these codes if there are any: `e.problem` then has their facts. */
export function isProblem<C extends ProblemCode = ProblemCode>(
  error: unknown,
  ...codes: C[]
): error is ProblemError<C> {
  if (!(error instanceof ProblemError)) return false;
  const code: string = error.code;
  return codes.length === 0 || codes.some((one) => one === code);
}

/** undefined: the text is no problem document. */
export function readProblem(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isDocument(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isDocument(value: unknown): value is Problem {
  return (
    typeof value === "object" && value !== null && "code" in value && "status" in value && "title" in value
  );
}
