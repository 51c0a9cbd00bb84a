/** Of locations, reports and the views for collectors and traders. */
import type { OperationId } from "../routes";
import * as demo from "./demo";
import type { OperationReference } from "./example";

const shop = { path: { id: demo.SHOP } };
const nowhere = { path: { id: "nowhere" }, code: "location_not_found" } as const;
const strangeCursor = { query: { cursor: "not-one-of-ours" }, code: "validation_failed" } as const;
const noSet = { path: { setId: "99999" }, code: "product_not_found" } as const;

const SET_VIEW =
  "A set with the names that collectors' clients expect, prices as numbers. `75192` finds the product `75192-1`. A browser " +
  "that asks for HTML gets a page.";

export const PLACE_OPERATIONS = {
  createLocation: {
    description:
      "Adds a place that holds stock. Reserves that name no place try those with the lowest `priority` first.",
    retry: "The same again is 200 and changes nothing; with other content it is 409 `location_exists`.",
    examples: [
      {
        summary: "A shop in Berlin",
        body: {
          locationId: demo.SHOP,
          name: "Shop in Berlin",
          priority: 20,
          country: "DE",
          latitude: 52.52,
          longitude: 13.405,
        },
        status: 201,
      },
      { summary: "A pop-up shop", body: { locationId: demo.POP_UP, name: "Pop-up shop" }, status: 201 },
    ],
    error: { body: { locationId: demo.SHOP, name: "Shop in Bern" }, code: "location_exists" },
  },
  listLocations: {
    description: "All places that hold stock, those first that reserves try first.",
    examples: [{ summary: "The first two", query: { limit: 2 }, status: 200 }],
    error: strangeCursor,
  },
  readLocation: {
    description: "One location.",
    examples: [{ summary: "The shop in Berlin", ...shop, status: 200 }],
    error: nowhere,
  },
  editLocation: {
    description:
      "Changes the fields that are given. A new `priority` counts for the reserves that come after.",
    retry: "It says how things are: the same again changes nothing.",
    examples: [{ summary: "Ask it first", ...shop, body: { priority: 5 }, status: 200 }],
    error: { ...nowhere, body: { priority: 5 } },
  },
  deleteLocation: {
    description:
      "Removes a location where no product has anything. It is closed to new stock first, and opens again if it turns out " +
      "to be in use. The last location stays.",
    retry: "With the same `Idempotency-Key` a repeat is 204 again; without, 404 `location_not_found`.",
    examples: [{ summary: "The pop-up shop closes", path: { id: demo.POP_UP }, status: 204 }],
    error: { path: { id: "main" }, code: "location_in_use" },
  },
  reportProducts: {
    description:
      "Products by what they sold, were held, expired, returned, were refused for want of stock, or got in, over a window " +
      "of time; the most first.",
    examples: [
      { summary: "Best sellers of today", query: { window: "24h", sort: "sold", limit: 2 }, status: 200 },
    ],
    error: strangeCursor,
  },
  reportProduct: {
    description:
      "The same sums for one product, hour by hour or day by day, the oldest first: what a chart needs.",
    examples: [
      {
        summary: "By the hour",
        path: { productId: demo.SET },
        query: { interval: "hour", limit: 2 },
        status: 200,
      },
    ],
    error: { path: { productId: demo.NO_SET }, code: "product_not_found" },
  },
  reportSearches: {
    description:
      "What was searched for most, and what most without finding anything: what shoppers want that you do not have. Words " +
      "that few have asked for are not shown.",
    examples: [{ summary: "Of today", query: { window: "24h" }, status: 200 }],
    error: { code: "unauthenticated" },
  },
  readSet: {
    description: SET_VIEW,
    examples: [{ summary: "The Millennium Falcon", path: { setId: "75192" }, status: 200 }],
    error: noSet,
  },
  readBrickSet: {
    description: `${SET_VIEW} The same as \`/inventory/{setId}\`, under the path that such clients know.`,
    examples: [{ summary: "The Millennium Falcon", path: { setId: "75192" }, status: 200 }],
    error: noSet,
  },
  listAssets: {
    description:
      "Assets with the names that traders' clients expect, numbers as numbers; a page for browsers.",
    examples: [{ summary: "The first two", query: { active_only: true, limit: 2 }, status: 200 }],
    error: strangeCursor,
  },
  searchAssets: {
    description: "Assets by words, price and status; a page for browsers.",
    examples: [{ summary: "Bitcoin", query: { q: "bitcoin", limit: 1 }, status: 200 }],
    error: strangeCursor,
  },
  readAsset: {
    description: "One asset; a page for browsers.",
    examples: [{ summary: "Bitcoin", path: { assetId: "bitcoin" }, status: 200 }],
    error: { path: { assetId: "nothing" }, code: "product_not_found" },
  },
  readBrickHealth: {
    description: "The same as `/health`, for whoever watches the views alone. It needs no key.",
    examples: [{ summary: "Alive", status: 200 }],
    error: { code: "misconfigured" },
  },
} satisfies Partial<Record<OperationId, OperationReference>>;
