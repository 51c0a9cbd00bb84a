/** Setting units of one product aside: reserve, its dry run, and giving back what an order holds. */
import type { CommandOf } from "../../domain/command";
import { parseReservationId } from "../../domain/ids";
import { readConfig } from "../../env";
import { CHANGED, ENDED, HOLDS, created, ok } from "../answers";
import { change, changeByBody, readAnswer } from "../clients/product";
import { locationIdsByPriority } from "../locations/known-locations";
import { badField } from "../problem";
import { andThen, type AtOnce } from "../request/at-once";
import { requireScope } from "../request/auth";
import { callerOf } from "../request/credential";
import { requireHoldRoom } from "../request/hold-bound";
import { holdAsked } from "../request/idempotency-key";
import { checkBody, inventory, orderReleaseBody, reservation, reserveBody } from "../reservations/schemas";
import { route, routesOf, type Call } from "../route";
import * as field from "../schemas/primitives";
import * as z from "../zod";

const UNKNOWN = ["product_not_found", "level_not_found", "reservation_not_found"] as const;
const ID_FIELD = '{"reservationId":"';

export const checkResult = z.component("CheckResult", {
  ok: z.boolean(),
  reason: z.string().optional().describe("The code that a reserve would be refused with."),
  available: z.int(),
  alternatives: z.array(z.object({ locationId: field.locationId, available: z.int() })),
});

export const orderRelease = z.component("OrderRelease", {
  productId: field.productId,
  orderId: field.orderId,
  releasedQuantity: field.total,
  reservations: z.array(reservation),
  inventory,
  version: field.version,
});

export const HOLD_ROUTES = routesOf("Reservations", {
  reserve: route({
    at: "POST /v1/inventory/{productId}/reserve",
    summary: "Reserve units of a product",
    scope: "reservations:write",
    versioned: true,
    params: field.productParams,
    body: reserveBody,
    answers: created("Held", reservation),
    problems: [...UNKNOWN, ...HOLDS, ...ENDED, "extension_limit_reached"],
    handle: (call) => {
      const { productId } = call.params;
      requireHoldRoom(call, call.body.supersedes === undefined ? 1 : 0);
      const hold = reserveCommand(call, call.body, { productId, root: "body" });
      const made = {
        productId,
        asked: holdAsked(call.body),
        status: 201,
        location: reservationPath,
      } as const;
      return andThen(hold, (command) => change(call, { ...made, command }));
    },
  }),
  checkStock: route({
    at: "POST /v1/inventory/{productId}/check",
    summary: "Check whether a reserve would succeed",
    scope: "stock:read",
    params: field.productParams,
    body: checkBody,
    answers: ok("Whether it would", checkResult),
    problems: UNKNOWN,
    handle: async (call) => {
      const { productId } = call.params;
      const hold = await reserveCommand(call, call.body, { productId, root: "body" });
      const elsewhere = await locationIdsByPriority(call);
      const by = callerOf(call.credential);
      return readAnswer(call, productId, { view: "check", hold, elsewhere, clamped: by.clamped, by });
    },
  }),
  releaseOrderUnits: route({
    at: "POST /v1/inventory/{productId}/release",
    summary: "Release units that an order holds",
    scope: "reservations:write",
    versioned: true,
    params: field.productParams,
    body: orderReleaseBody,
    answers: ok("Given back", orderRelease, CHANGED),
    problems: ["product_not_found", "reservation_not_found", "exceeds_held"],
    handle: (call) => changeByBody(call, (units) => ({ verb: "release-order", ...units })),
  }),
});

/** The id is the first field of the answer and has nothing in it that JSON would escape. */
function reservationPath(body: string): string {
  return `/v1/reservations/${body.slice(ID_FIELD.length, body.indexOf('"', ID_FIELD.length))}`;
}

function defaultTtl({ env }: Call): number {
  return readConfig(env).holdTtlSeconds;
}

/** Throws a problem: 403 for a hold that may not be without expiry, 400 (at `root`) for another product's. */
export function reserveCommand(
  call: Call,
  body: z.output<typeof reserveBody>,
  of: { productId: string; root: string },
): AtOnce<CommandOf<"reserve">> {
  const { locationId, locationIds, supersedes, ttlSeconds = defaultTtl(call), ...hold } = body;
  if (ttlSeconds === null) requireScope(call.credential, "stock:write");
  const command = { verb: "reserve" as const, ...hold, ttlSeconds, ...supersededBy(supersedes, of) };
  const named = locationId === undefined ? locationIds : [locationId];
  // Where the caller says, else anywhere, locations in order of priority.
  if (named) return { ...command, locationIds: named, anyLocation: false };
  return andThen(locationIdsByPriority(call), (ids) => ({ ...command, locationIds: ids, anyLocation: true }));
}

function supersededBy(supersedes: string | undefined, of: { productId: string; root: string }) {
  if (supersedes === undefined) return {};
  const parsed = parseReservationId(supersedes);
  if (parsed?.productId === of.productId) return { supersedes: parsed.ulid };
  throw badField(`${of.root}.supersedes`, "other_product", "must be a reservation of the same product");
}
