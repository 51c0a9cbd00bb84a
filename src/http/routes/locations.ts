/** Places that hold stock. */
import { z } from "@hono/zod-openapi";
import {
  findLocation,
  insertLocation,
  listLocations,
  removeLocation,
  updateLocation,
  type Location,
  type NewLocation,
} from "../../d1/locations";
import { decodeCursor, encodeCursor, toPage } from "../../d1/page";
import { once } from "../answer-once";
import { endpoint, type App } from "../endpoint";
import { jsonAnswer, pageAnswer, bodyAnswer } from "../json-answer";
import { forgetLocations } from "../known-locations";
import { notFound, problemResponse, type Problem } from "../problem";
import { cursor, limit, locationId, maybe, pageOf, text } from "../schemas/primitives";
import { MAX_LOCATION_PRIORITY, MAX_NAME_CHARS } from "../wire-limits";

const shape = {
  name: text(MAX_NAME_CHARS),
  priority: z.int().min(0).max(MAX_LOCATION_PRIORITY),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, "must be two capital letters (ISO 3166)")
    .nullable(),
  latitude: z.number().min(-90).max(90).nullable(),
  longitude: z.number().min(-180).max(180).nullable(),
};

const location = z.object({ locationId, ...shape }).openapi("Location");

const newLocation = z
  .strictObject({
    locationId,
    name: shape.name,
    priority: maybe(shape.priority).openapi({ description: "Lower comes first. Left out: it comes last." }),
    country: maybe(shape.country),
    latitude: maybe(shape.latitude),
    longitude: maybe(shape.longitude),
  })
  .openapi("NewLocation");

const locationPatch = z
  .strictObject({
    name: maybe(shape.name),
    priority: maybe(shape.priority),
    country: maybe(shape.country),
    latitude: maybe(shape.latitude),
    longitude: maybe(shape.longitude),
  })
  .openapi("LocationPatch");

const path = "/v1/locations/{id}";
const params = z.strictObject({ id: locationId });

export function locationRoutes(app: App): void {
  listRoute(app);
  createRoute(app);
  patchRoute(app);
  deleteRoute(app);
}

function listRoute(app: App): void {
  endpoint(
    app,
    {
      method: "get",
      path: "/v1/locations",
      operationId: "listLocations",
      summary: "List locations by priority",
      tag: "Locations",
      scope: "stock:read",
      query: z.strictObject({ limit, cursor }),
      answers: { 200: { description: "A page", schema: pageOf(location), headers: ["Link"] } },
      problems: ["book_unavailable"],
    },
    async (call) => {
      const { limit: most, cursor: from } = call.query;
      const after = decodeCursor(from, "priority", ["number", "string"]);
      const all = await listLocations(call.env.BOOK);
      const rest = after ? all.filter((one) => comesAfter(one, Number(after[0]), String(after[1]))) : all;
      const cursorOf = (one: Location) => encodeCursor("priority", [one.priority, one.locationId]);
      return pageAnswer(call, toPage(rest, most, { item: (one) => one, cursor: cursorOf }));
    },
  );
}

function comesAfter(one: Location, priority: number, id: string): boolean {
  return one.priority > priority || (one.priority === priority && one.locationId > id);
}

function createRoute(app: App): void {
  endpoint(
    app,
    {
      method: "post",
      path: "/v1/locations",
      operationId: "createLocation",
      summary: "Add a location; the same again changes nothing",
      tag: "Locations",
      scope: "admin",
      body: newLocation,
      answers: {
        200: {
          description: "It was there already, with the same content",
          schema: location,
          headers: ["Idempotency-Replayed"],
        },
        201: { description: "Added", schema: location, headers: ["Location", "Idempotency-Replayed"] },
      },
      problems: ["version_conflict", "book_unavailable"],
    },
    once(async (call) => {
      const wanted: NewLocation = { country: null, latitude: null, longitude: null, ...call.body };
      const made = await insertLocation(call.env.BOOK, wanted, Date.now());
      if (made) {
        forgetLocations();
        return jsonAnswer(call, made, {
          status: 201,
          headers: { Location: `/v1/locations/${made.locationId}` },
        });
      }
      const there = await findLocation(call.env.BOOK, wanted.locationId);
      if (there && isSame(there, wanted)) return jsonAnswer(call, there);
      const detail = `${wanted.locationId} exists with other content; PATCH changes it.`;
      return problemResponse(call.c, {
        code: "version_conflict",
        detail,
        facts: { locationId: wanted.locationId },
      });
    }),
  );
}

function isSame(there: Location, wanted: NewLocation): boolean {
  return Object.entries(wanted).every(([name, value]) => there[name as keyof Location] === value);
}

function patchRoute(app: App): void {
  endpoint(
    app,
    {
      method: "patch",
      path,
      operationId: "editLocation",
      summary: "Change a location",
      tag: "Locations",
      scope: "admin",
      params,
      body: locationPatch,
      answers: {
        200: { description: "The location afterwards", schema: location, headers: ["Idempotency-Replayed"] },
      },
      problems: ["location_not_found", "book_unavailable"],
    },
    once(async (call) => {
      const changed = await updateLocation(call.env.BOOK, call.params.id, call.body);
      forgetLocations();
      if (changed) return jsonAnswer(call, changed);
      return problemResponse(call.c, notFound("location_not_found", call.params.id));
    }),
  );
}

function deleteRoute(app: App): void {
  endpoint(
    app,
    {
      method: "delete",
      path,
      operationId: "deleteLocation",
      summary: "Remove a location that no product has a level at; the last one stays",
      tag: "Locations",
      scope: "admin",
      params,
      answers: { 204: { description: "Removed", headers: ["Idempotency-Replayed"] } },
      problems: ["location_not_found", "level_in_use", "book_unavailable"],
    },
    once(async (call, { resumed }) => {
      const { id } = call.params;
      const removal = await removeLocation(call.env.BOOK, id);
      forgetLocations();
      if (removal === "removed" || (removal === "not_found" && resumed))
        return bodyAnswer(call, null, { status: 204 });
      if (removal === "not_found") return problemResponse(call.c, notFound("location_not_found", id));
      return problemResponse(call.c, inUse(id, removal));
    }),
  );
}

function inUse(id: string, removal: "last" | { usedBy: string }): Problem {
  const facts = removal === "last" ? { locationId: id } : { locationId: id, productId: removal.usedBy };
  const detail = removal === "last" ? "The last location stays." : `${removal.usedBy} has a level there.`;
  return { code: "level_in_use", detail, facts };
}
