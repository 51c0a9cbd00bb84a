/**
 * Changes of what is on hand, newest first: of one product by version, of all by offset. A page looks at a bounded number of
 * events: of those of that type where an index has them, else whatever they are.
 */
import { and, desc, eq, gte, inArray, isNotNull, lt, sql, type SQL } from "drizzle-orm";
import * as z from "zod";
import { movementSchema, stepSchema, type MovementType } from "../domain/events/movement";
import { SCAN_WINDOW_EVENTS } from "../limits";
import { decodeCursor, encodeCursor, toPage } from "./page";
import { existingProductIds } from "./products";
import { scanRows } from "./scan-window";
import { events } from "./schema";
import { seldomMovements } from "./seldom-events";

export interface MovementQuery {
  productId?: string;
  type?: MovementType;
  locationId?: string;
  reference?: string;
  /** Milliseconds; `from` is within, `to` is not. */
  from?: number;
  to?: number;
  orderId?: string;
  limit: number;
  cursor?: string;
}

/** Newest first. `isKnown`: the book knows the product that was named, if one was. */
export async function listMovements(binding: D1Database, query: MovementQuery) {
  const { productId, type, limit, cursor } = query;
  const [key, kind] =
    productId === undefined ? (["offset", "movements-of-all"] as const) : (["version", "movements"] as const);
  const [before] = decodeCursor(cursor, kind, ["number"]) ?? [];
  const ofProduct = productId === undefined ? undefined : eq(events.productId, productId);
  const [{ rows, end, bookOffset }, known] = await Promise.all([
    scanRows(binding, {
      table: events,
      range: and(
        ofProduct ?? seldomMovements(type),
        typeof before === "number" ? lt(events[key], before) : undefined,
      ),
      orderBy: [desc(events[key])],
      matches: filterOf(query),
      limit: limit + 1,
      window: SCAN_WINDOW_EVENTS,
    }),
    productId === undefined ? undefined : existingProductIds(binding, [productId]),
  ]);
  const page = toPage(rows, limit, {
    end,
    item: (row) => movementItem(row.body, row.movement ?? ""),
    cursor: (row) => encodeCursor(kind, [row[key]]),
  });
  return { ...page, bookOffset, isKnown: productId === undefined || known?.has(productId) === true };
}

function filterOf(query: MovementQuery): SQL | undefined {
  const { type, locationId, reference, from, to, orderId } = query;
  const dataField = (name: string) => sql`${events.body} ->> ${`$.data.${name}`}`;
  return and(
    type === undefined ? isNotNull(events.movement) : eq(events.movement, type),
    from === undefined ? undefined : gte(events.atMs, from),
    to === undefined ? undefined : lt(events.atMs, to),
    orderId === undefined ? undefined : eq(dataField("orderId"), orderId),
    reference === undefined ? undefined : eq(dataField("reference"), reference),
    locationId === undefined
      ? undefined
      : inArray(sql`${locationId}`, [
          // What came back may have been put elsewhere than where it was sold.
          sql`coalesce(${dataField("movement.locationId")}, ${dataField("locationId")})`,
          dataField("fromLocationId"),
          dataField("toLocationId"),
        ]),
  );
}

/** What a list shows of an event that moved goods, of whatever type. */
const movedSchema = z.object({
  id: z.string(),
  productId: z.string(),
  version: z.int(),
  at: z.string(),
  actor: z.string(),
  data: z
    .object({
      ...stepSchema.shape,
      locationId: z.string(),
      fromLocationId: z.string(),
      toLocationId: z.string(),
      from: stepSchema,
      movement: movementSchema.pick({ before: true, after: true, locationId: true }),
      reason: z.string().nullable(),
      reference: z.string().nullable(),
      orderId: z.string().nullable(),
      reservationId: z.string(),
      adjustedBy: z.string().nullable(),
    })
    .partial(),
});

/**
 * As a list shows it. A transfer names two places (delta, before and after are those of the place it left); a sale or return of a reservation has its movement beside it; the
 * others are movements. `adjustedBy`: of a count, who is said to have made it.
 */
function movementItem(body: string, type: string) {
  const { id, data, ...event } = movedSchema.parse(JSON.parse(body));
  const { movement, toLocationId } = data;
  const { before = 0, after = 0 } = data.from ?? movement ?? data;
  return {
    movementId: id,
    ...event,
    type,
    locationId: movement?.locationId ?? data.fromLocationId ?? data.locationId ?? "",
    ...(toLocationId !== undefined && { toLocationId }),
    delta: after - before,
    before,
    after,
    reason: data.reason ?? null,
    reference: data.reference ?? null,
    orderId: data.orderId ?? null,
    reservationId: data.reservationId ?? null,
    adjustedBy: data.adjustedBy ?? null,
  };
}
