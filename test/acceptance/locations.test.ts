/** Places that hold stock. */
import { describe, expect, it } from "vitest";
import {
  ADMIN,
  call,
  everyItem,
  expectProblem,
  expectStatus,
  newId,
  newLocation,
  SHOP,
  STAFF,
  type Answer,
} from "./api";

interface Location {
  locationId: string;
  name: string;
  priority: number;
  country: string | null;
  latitude: number | null;
  longitude: number | null;
}

function remove(locationId: string): Promise<Answer<unknown>> {
  return call(`DELETE /v1/locations/${locationId}`, { key: ADMIN });
}

async function find(locationId: string): Promise<Location | undefined> {
  return (await everyItem<Location>("/v1/locations")).find((location) => location.locationId === locationId);
}

describe("locations", () => {
  it("V-28: the only location stays", async () => {
    const all = await everyItem<Location>("/v1/locations");
    await Promise.all(
      all.slice(1).map(async ({ locationId }) => expectStatus(await remove(locationId), 204)),
    );
    const only = all[0]?.locationId ?? "";
    expect(expectProblem(await remove(only), 409, "location_in_use")).toMatchObject({ products: [] });
    expect((await everyItem<Location>("/v1/locations")).map((location) => location.locationId)).toEqual([
      only,
    ]);
  });

  it("are made, read, changed and removed", async () => {
    const locationId = newId("shop");
    const body = {
      locationId,
      name: "Utrecht",
      priority: 3,
      country: "NL",
      latitude: 52.09,
      longitude: 5.12,
    };
    expect(expectStatus(await call("POST /v1/locations", { key: ADMIN, body }), 201)).toMatchObject(body);
    expect(await find(locationId)).toMatchObject(body);
    expect(expectStatus(await call(`GET /v1/locations/${locationId}`), 200)).toEqual(await find(locationId));
    expectProblem(await call(`GET /v1/locations/${newId("no")}`), 404, "location_not_found");
    const request = `PATCH /v1/locations/${locationId}`;
    const patched = expectStatus(
      await call(request, { key: ADMIN, body: { name: "Utrecht CS", priority: 1 } }),
      200,
    );
    expect(patched).toMatchObject({ ...body, name: "Utrecht CS", priority: 1 });
    expectStatus(await remove(locationId), 204);
    expect(await find(locationId)).toBeUndefined();
    expectProblem(await call(request, { key: ADMIN, body: { name: "x" } }), 404, "location_not_found");
    expectProblem(await remove(locationId), 404, "location_not_found");
  });

  it("that come after one of the greatest priority have that, too", async () => {
    const [last, after] = [await newLocation(), `${Date.now()}-after`];
    const most = { body: { priority: 1_000_000 }, key: ADMIN };
    expectStatus(await call(`PATCH /v1/locations/${last}`, most), 200);
    const made = await call("POST /v1/locations", {
      body: { locationId: after, name: "after" },
      key: ADMIN,
    });
    expect(expectStatus(made, 201)).toMatchObject({ locationId: after, priority: 1_000_000 });
  });

  it("come in order of priority", async () => {
    const last = await newLocation(901);
    const first = await newLocation(900);
    const ids = (await everyItem<Location>("/v1/locations?limit=1")).map((location) => location.locationId);
    expect(ids.indexOf(first)).toBeLessThan(ids.indexOf(last));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("cannot be made twice with other content", async () => {
    const body = { locationId: await newLocation(), name: "again", priority: 1 };
    expectProblem(await call("POST /v1/locations", { key: ADMIN, body }), 409, "location_exists");
  });

  it.each([
    { body: { name: "no id", priority: 1 }, path: "body.locationId" },
    { body: { locationId: "has space", name: "x", priority: 1 }, path: "body.locationId" },
    { body: { locationId: "x", priority: 1 }, path: "body.name" },
    { body: { locationId: "x", name: "x", priority: 0.5 }, path: "body.priority" },
    { body: { locationId: "x", name: "x", priority: 1, latitude: 91 }, path: "body.latitude" },
    { body: { locationId: "x", name: "x", priority: 1, longitude: -181 }, path: "body.longitude" },
    { body: { locationId: "x", name: "x", priority: 1, colour: "red" }, path: "body.colour" },
  ])("with a bad $path are refused", async ({ body, path }) => {
    const answer = await call("POST /v1/locations", { key: ADMIN, body });
    expect(expectProblem(answer, 400, "validation_failed").errors.map((error) => error.path)).toContain(path);
  });

  it.each([SHOP, STAFF])("are read by %s, changed by admins only", async (key) => {
    expectStatus(await call("GET /v1/locations", { key }), 200);
    const body = { locationId: newId("loc"), name: "x", priority: 1 };
    expectProblem(await call("POST /v1/locations", { key, body }), 403, "forbidden");
    expectProblem(await call("PATCH /v1/locations/main", { key, body: { name: "x" } }), 403, "forbidden");
    expectProblem(await call("DELETE /v1/locations/main", { key }), 403, "forbidden");
  });
});
