import type { CommandOf } from "../command";
import { isLive, type Facts, type Outcome } from "../decision";
import type { EventDraft } from "../events/event";
import { MAIN_LOCATION } from "../ids";
import { newCatalog } from "../product";
import { emptyLevel } from "../level";
import { stepTo } from "../on-hand";

/** A new product, with a level at `main` and, where it says so, its first stock. A deleted id may begin again. */
export function decideCreate(facts: Facts, command: CommandOf<"create">): Outcome {
  const { productId, now } = facts;
  if (isLive(facts)) {
    return { refusal: { code: "product_exists", productId, version: facts.product.catalogVersion } };
  }
  const { initial } = command;
  const fields = newCatalog(productId, command.fields);
  const product = { fields, createdAt: now, updatedAt: now, catalogVersion: 0, deleted: false };
  const locationIds = [...new Set([MAIN_LOCATION, initial?.locationId ?? MAIN_LOCATION])];
  const levels = locationIds.map((locationId) => ({
    ...emptyLevel(locationId),
    ...(locationId === initial?.locationId && { onHand: initial.quantity }),
  }));
  const events: EventDraft[] = [{ type: "product.created", data: { ...fields, locationIds }, level: null }];
  if (initial && initial.quantity > 0) events.push(firstStock(initial));
  return { events, answer: { view: initial ? "stock" : "product" }, product, levels };
}

function firstStock(initial: { locationId: string; quantity: number }): EventDraft {
  const { locationId, quantity } = initial;
  const level = emptyLevel(locationId);
  const movement = { locationId, type: "receipt" as const, ...stepTo(level, quantity) };
  const data = { ...movement, reason: "initial stock", reference: null };
  return { type: "stock.adjusted", data, level: { ...level, onHand: quantity } };
}
