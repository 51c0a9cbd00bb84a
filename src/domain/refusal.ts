/** Why a command changed nothing. Data, not exceptions: the wire form of each is in `http/problem.ts`. */
import type { ProductStatus } from "./product";

export interface Shortage {
  productId: string;
  locationId: string;
  requested: number;
  available: number;
}

export interface StockNumbers {
  onHand: number;
  reserved: number;
  available: number;
  version: number;
}

export type Refusal =
  | { code: "product_not_found"; productId: string }
  | { code: "location_not_found"; locationId: string }
  | { code: "location_closed"; locationId: string }
  /** Of every command of a call: what the caller knows of places is too old. Asked again with newer ones, it may do. */
  | { code: "places_outdated" }
  | { code: "level_not_found"; productId: string; locationId: string }
  | { code: "reservation_not_found"; reservationId?: string; orderId?: string }
  | { code: "order_not_found"; orderId: string }
  /** Without a state it is somebody else's. */
  | { code: "order_exists"; orderId: string; state?: string }
  | { code: "too_many_holds"; orderId: string; limit: number }
  | { code: "product_exists"; productId: string; version: number }
  | { code: "product_not_active"; productId: string; productStatus: ProductStatus }
  | { code: "insufficient_stock"; shortages: Shortage[] }
  | {
      code: "version_conflict";
      via: "header" | "body";
      expected: number;
      current: number;
      inventory: StockNumbers;
    }
  | { code: "reservation_already_confirmed"; reservationId: string }
  | { code: "reservation_already_released"; reservationId: string; supersededBy?: string }
  | { code: "reservation_expired"; reservationId: string; expiresAt: string }
  | { code: "level_in_use"; locationId: string; onHand: number; reserved: number }
  | { code: "product_in_use"; productId: string; onHand: number; reserved: number }
  | { code: "customer_limit_reached"; customerId: string; limit: number; taken: number; requested: number }
  | { code: "customer_required"; productId: string; limit: number }
  | { code: "idempotency_key_reused" }
  | { code: "below_reserved"; locationId: string; newQuantity: number; reserved: number; holds: string[] }
  | { code: "reason_required" }
  | { code: "exceeds_held"; reservationId: string; requested: number; held: number }
  /** Of a return: more than was sold and has not come back. */
  | { code: "exceeds_held"; reservationId: string; requested: number; returnable: number }
  | { code: "extension_limit_reached"; reservationId: string; limit: number; limitDays: number }
  | { code: "quantity_out_of_range"; locationId: string; limit: number }
  | { code: "overloaded" }
  | { code: "book_unavailable" }
  | { code: "internal" };
