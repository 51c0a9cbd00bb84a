/** The newest numbers of one product, as its object tells them to those who listen, and as these pass them on. */
import { availability, type Availability } from "./product";
import { totals } from "./level";
import type { ProductState } from "./views";

export interface LevelNews {
  productId: string;
  version: number;
  onHand: number;
  reserved: number;
  /** The plain sum, signed. */
  available: number;
  /** What a shopper may count on. */
  onShelf: number;
  availability: Availability;
  at: string;
  deleted: boolean;
}

/** `state.levels` must leave out what has expired. */
export function levelNews({ productId, product, levels, version, updatedAt }: ProductState): LevelNews {
  const { onHand, reserved, available, onShelf } = totals(levels);
  const { fields, deleted } = product;
  return {
    productId,
    version,
    onHand,
    reserved,
    available,
    onShelf,
    availability: deleted ? "unavailable" : availability(fields, levels),
    at: new Date(updatedAt).toISOString(),
    deleted,
  };
}

export function levelView(news: LevelNews, clamped: boolean) {
  const { productId, version, onHand, reserved, available, onShelf, at } = news;
  return {
    type: "level",
    productId,
    version,
    onHand,
    reserved,
    available: clamped ? onShelf : available,
    availability: news.availability,
    at,
  };
}
