/** The newest numbers of one product, as its object sends them to subscribed hubs, and as these pass them on. */
import { availability } from "./product";
import { totals } from "./level";
import type { ProductState } from "./views";

export type LevelUpdate = ReturnType<typeof levelUpdate>;

/** `state.levels` must leave out what has expired. */
export function levelUpdate({ productId, product, levels, version, updatedAt }: ProductState) {
  const { onHand, reserved, available, onShelf } = totals(levels);
  const { fields, deleted } = product;
  return {
    productId,
    version,
    onHand,
    reserved,
    available,
    onShelf,
    availability: deleted ? ("unavailable" as const) : availability(fields, levels),
    at: new Date(updatedAt).toISOString(),
    deleted,
  };
}

export function levelView(update: LevelUpdate, clamped: boolean) {
  const { productId, version, onHand, reserved, available, onShelf, at } = update;
  return {
    type: "level",
    productId,
    version,
    onHand,
    reserved,
    available: clamped ? onShelf : available,
    availability: update.availability,
    at,
  };
}
