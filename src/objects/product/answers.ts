/** The finished JSON a client gets for a decision or a question, with the version of what it shows. */
import type { Query, QueryOf, ReadResult } from "../../domain/command";
import { candidateLevels, decideReserve } from "../../domain/commands/reserve";
import { isLive, isRefused, type Answer, type LiveFacts } from "../../domain/decision";
import { absent, isForeign, notFound } from "../../domain/resolution";
import { checkView, productView, reservationView, stockNumbers, stockView } from "../../domain/views";
import type { ProductState } from "../../domain/views";
import type { StoreFacts } from "./store-facts";

export function renderAnswer(state: ProductState, answer: Answer, clamped: boolean) {
  const { product, productId, version } = state;
  switch (answer.view) {
    case "stock":
      return rendered(stockView(state, clamped));
    case "product":
      return rendered(productView(state));
    case "reservation":
      return rendered(reservationView(state, answer.reservation, clamped));
    case "reservations": {
      const reservations = answer.reservations.map((one) => reservationView(state, one, clamped));
      return rendered({ productId, reservations, version });
    }
    case "order-release": {
      const { orderId, quantity: releasedQuantity } = answer;
      const reservations = answer.reservations.map((one) => reservationView(state, one, clamped));
      const inventory = stockNumbers(state.levels, version, clamped);
      return rendered({ productId, orderId, releasedQuantity, reservations, inventory, version });
    }
    case "upsert":
      return rendered({ productId, result: answer.result, version: product.catalogVersion });
    case "deleted": {
      const updatedAt = new Date(state.updatedAt).toISOString();
      return rendered({ productId, deleted: true, version, updatedAt });
    }
  }
}

/** Reads are as exact as decisions: what has expired does not count, swept or not. */
export function renderQuery(facts: StoreFacts, query: Query): ReadResult {
  const { productId, state } = facts;
  if (!state || !isLive(facts)) {
    const refusal = query.view === "reservation" ? notFound(productId, query.ulid) : absent(productId);
    return { ok: false, refusal };
  }
  switch (query.view) {
    case "product":
      return { ok: true, ...rendered(productView({ ...state, levels: facts.store.levels })) };
    case "stock": {
      const { locationId, clamped } = query;
      if (locationId !== undefined && !facts.level(locationId)) {
        return { ok: false, refusal: { code: "level_not_found", productId, locationId } };
      }
      return { ok: true, ...rendered(stockView(state, clamped, locationId)) };
    }
    case "reservation": {
      const reservation = facts.reservation(query.ulid);
      if (!reservation || (query.by && isForeign(reservation, query.by)))
        return { ok: false, refusal: notFound(productId, query.ulid) };
      return { ok: true, ...rendered(reservationView(state, reservation, query.clamped)) };
    }
    case "check":
      return renderCheck(facts, query, state.version);
  }
}

/** What a reserve would decide, without doing it. */
function renderCheck(facts: LiveFacts, query: QueryOf<"check">, version: number): ReadResult {
  const { hold, elsewhere = [], clamped, by = { actor: "", clamped } } = query;
  const { supersedes } = hold;
  if (supersedes !== undefined && isForeign(facts.reservation(supersedes), by))
    return { ok: false, refusal: notFound(facts.productId, supersedes) };
  const command = { verb: "reserve" as const, ...hold, ttlSeconds: null };
  const outcome = decideReserve(facts, command, by);
  const refusal = isRefused(outcome) ? outcome.refusal : undefined;
  if (refusal?.code === "level_not_found" || refusal?.code === "reservation_not_found")
    return { ok: false, refusal };
  const held = isRefused(outcome) ? undefined : outcome.levels?.[0]?.locationId;
  const helpless = refusal !== undefined && refusal.code !== "insufficient_stock";
  const levels = {
    candidates: candidateLevels(facts, hold),
    chosen: held === undefined ? undefined : facts.level(held),
    others: helpless ? [] : candidateLevels(facts, { locationIds: elsewhere, anyLocation: true }),
  };
  const view = checkView(levels, { quantity: hold.quantity, clamped });
  const verdict = refusal ? { ok: false, reason: refusal.code } : { ok: true };
  return { ok: true, body: JSON.stringify({ ...verdict, ...view }), version };
}

function rendered(view: { version: number; [field: string]: unknown }) {
  return { body: JSON.stringify(view), version: view.version };
}
