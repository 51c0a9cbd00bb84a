/** A program over the types that openapi-typescript makes of the document: no cast, no `any`. */
import createClient from "openapi-fetch";
import type { paths } from "./document.ts";

const [baseUrl = "", key = "", run = ""] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { "X-API-Key": key } });
const SET = { productId: "10248-1" };

function must<T>(what: string, { data, error }: { data?: T; error?: { code: string; detail: string } }): T {
  if (data === undefined) throw new Error(`${what}: ${error?.code} ${error?.detail}`);
  return data;
}

const held = must(
  "reserve",
  await client.POST("/v1/inventory/{productId}/reserve", {
    params: { path: SET, header: { "Idempotency-Key": `hold-${run}` } },
    body: { quantity: 1 },
  }),
);
const { reservationId, inventory } = held;
const sold = must(
  "confirm",
  await client.POST("/v1/reservations/{id}/confirm", {
    params: { path: { id: reservationId } },
    body: {},
  }),
);
if (sold.state !== "confirmed" || sold.inventory.onHand !== inventory.onHand - 1)
  throw new Error(`confirmed: ${JSON.stringify(sold)}`);

const { error } = await client.POST("/v1/inventory/{productId}/reserve", {
  params: { path: SET },
  body: { quantity: 5000 },
});
// The code says which facts there are.
if (error?.code !== "insufficient_stock") throw new Error(`refused: ${JSON.stringify(error)}`);
const [shortage] = error.shortages;
if (shortage?.requested !== 5000) throw new Error(`short: ${JSON.stringify(error)}`);

const lines = must(
  "import",
  await client.POST("/v1/products/import", {
    body: [
      { productId: `FETCH-${run}`, name: "Of a generated client" },
      { productId: `FETCH-${run}-2`, name: "Another", price: { amount: "1.50", currency: "USD" } },
    ],
    parseAs: "text",
  }),
);
if (lines.trim().split("\n").length !== 3) throw new Error(`imported: ${lines}`);

const file = must("export", await client.GET("/v1/products/export", { parseAs: "text" }));
if (!file.includes(`"FETCH-${run}"`)) throw new Error("exported without what was imported");

const page = must(
  "events",
  await client.GET("/v1/inventory/events", {
    params: { query: { type: "reservation.confirmed", limit: 5 } },
  }),
);
for (const event of page.events)
  if (event.type === "reservation.confirmed" && event.data.confirmedQuantity < 1)
    throw new Error(`event: ${JSON.stringify(event)}`);
console.log("ok");
