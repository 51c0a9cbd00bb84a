/** Places that hold stock. */
import * as book from "../../d1/locations";
import { decodeCursor, encodeCursor, toPage } from "../../d1/page";
import { MADE, REPLAYED, bodyAnswer, created, jsonAnswer, ok, pageAnswer, pageOf } from "../answers";
import { missing, notFound, OVERLOADED, problemResponse, type Problem } from "../problem";
import { route, routesOf } from "../route";
import { locationId, pageParams, text } from "../schemas/primitives";
import { MAX_LOCATION_PRIORITY } from "../../limits";
import { MAX_NAME_CHARS } from "../wire-limits";
import * as z from "../zod";
import { forgetLocations } from "./known-locations";
import { removeLocation } from "./removal";

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

export const location = z.component("Location", { locationId, ...shape });

const optional = {
  country: z.maybe(shape.country),
  latitude: z.maybe(shape.latitude),
  longitude: z.maybe(shape.longitude),
};

const newLocation = z.strictComponent("NewLocation", {
  locationId,
  name: shape.name,
  priority: z.maybe(shape.priority).describe("Lower comes first. Left out: it comes last."),
  ...optional,
});

const locationPatch = z.strictComponent("LocationPatch", {
  name: z.maybe(shape.name),
  priority: z.maybe(shape.priority),
  ...optional,
});
const params = z.strictObject({ id: locationId });

export const LOCATION_ROUTES = routesOf("Locations", {
  listLocations: route({
    at: "GET /v1/locations",
    summary: "List locations",
    scope: "stock:read",
    query: z.strictObject(pageParams),
    answers: { 200: pageOf(location, ["Link"]) },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const { limit: most, cursor: from } = call.query;
      const [at, id = ""] = decodeCursor(from, "priority", ["number", "string"]) ?? [];
      const priority = Number(at ?? -1);
      const all = await book.listLocations(call.env.BOOK);
      const rest = all.filter(
        (one) => one.priority > priority || (one.priority === priority && one.locationId > String(id)),
      );
      const cursorOf = (one: book.Location) => encodeCursor("priority", [one.priority, one.locationId]);
      return pageAnswer(call, toPage(rest, most, { item: (one) => one, cursor: cursorOf }));
    },
  }),
  readLocation: route({
    at: "GET /v1/locations/{id}",
    summary: "Read a location",
    scope: "stock:read",
    params,
    answers: ok("The location", location),
    problems: ["location_not_found", "book_unavailable"],
    handle: async (call) => {
      const { id } = call.params;
      const found = await book.findLocation(call.env.BOOK, id);
      return jsonAnswer(call, found ?? missing("location_not_found", id));
    },
  }),
  createLocation: route({
    at: "POST /v1/locations",
    summary: "Add a location",
    scope: "admin",
    body: newLocation,
    answers: {
      ...ok("It was there already, with the same content", location, REPLAYED),
      ...created("Added", location, MADE),
    },
    problems: ["location_exists", "book_unavailable"],
    once: true,
    handle: async (call) => {
      const wanted: book.NewLocation = { country: null, latitude: null, longitude: null, ...call.body };
      const { locationId: id } = wanted;
      const made = await book.insertLocation(call.env.BOOK, wanted, Date.now());
      if (made) {
        forgetLocations();
        return jsonAnswer(call, made, { status: 201, headers: { Location: `/v1/locations/${id}` } });
      }
      const there = await book.findLocation(call.env.BOOK, id);
      if (there && isSame(there, wanted)) return jsonAnswer(call, there);
      const detail = `${id} exists with other content; PATCH changes it.`;
      return problemResponse(call.c, { code: "location_exists", detail, extensions: { locationId: id } });
    },
  }),
  editLocation: route({
    at: "PATCH /v1/locations/{id}",
    summary: "Change a location",
    scope: "admin",
    params,
    body: locationPatch,
    answers: ok("The location afterwards", location, REPLAYED),
    problems: ["location_not_found", "book_unavailable"],
    once: true,
    handle: async (call) => {
      const { id } = call.params;
      const changed = await book.updateLocation(call.env.BOOK, id, call.body);
      forgetLocations();
      return jsonAnswer(call, changed ?? missing("location_not_found", id));
    },
  }),
  deleteLocation: route({
    at: "DELETE /v1/locations/{id}",
    summary: "Remove a location",
    scope: "admin",
    params,
    answers: { 204: { description: "Removed", headers: REPLAYED } },
    problems: ["location_not_found", "location_in_use", "location_closed", "book_unavailable"],
    once: true,
    handle: async (call, { resumed }) => {
      const { id } = call.params;
      const work = removeLocation(call.env, id);
      // Goes on to its end although the caller may have gone: else the place would stay closed for a while.
      call.c.executionCtx.waitUntil(work.catch(() => undefined));
      const removal = await work;
      // An earlier try under this key may have removed it and not come to say so.
      if (removal === "removed" || (removal === "not_found" && resumed))
        return bodyAnswer(call, null, { status: 204 });
      return problemResponse(call.c, removalProblem(id, removal));
    },
  }),
});

function isSame(there: book.Location, wanted: book.NewLocation): boolean {
  const fields: Record<string, unknown> = { ...there };
  return Object.entries(wanted).every(([name, value]) => fields[name] === value);
}

function removalProblem(
  locationId: string,
  removal: Exclude<Awaited<ReturnType<typeof removeLocation>>, "removed">,
): Problem {
  if (removal === "not_found") return notFound("location_not_found", locationId);
  if (removal === "gone") return OVERLOADED;
  if (removal === "closing") {
    const detail = `${locationId} is being removed already.`;
    return { code: "location_closed", detail, extensions: { locationId } };
  }
  const products = removal === "last" ? [] : removal.usedBy;
  const detail =
    removal === "last"
      ? "The last location stays."
      : `Products have stock, holds or a backorder limit at ${locationId}.`;
  return { code: "location_in_use", detail, extensions: { locationId, products } };
}
