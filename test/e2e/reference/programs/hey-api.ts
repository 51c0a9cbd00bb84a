/** A program over the client that @hey-api/openapi-ts makes of the document: no cast, no `any`. */
import { createClient } from "./client/client";
import { confirmReservation, exportProducts, importProducts, readEvents, reserve } from "./client/sdk.gen";

const [baseUrl = "", key = "", run = ""] = process.argv.slice(2);
const client = createClient({ baseUrl, auth: key });
const path = { productId: "10622-1" };

function must<T>(what: string, { data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(`${what}: ${JSON.stringify(error)}`);
  return data;
}

const headers = { "Idempotency-Key": `hold-${run}` };
const held = must("reserve", await reserve({ client, path, headers, body: { quantity: 1 } }));
const { reservationId, inventory } = held;
const sold = must("confirm", await confirmReservation({ client, path: { id: reservationId }, body: {} }));
if (sold.state !== "confirmed" || sold.inventory.onHand !== inventory.onHand - 1)
  throw new Error(`confirmed: ${JSON.stringify(sold)}`);

const { error } = await reserve({ client, path, body: { quantity: 5000 } });
// The code says which facts there are.
if (error?.code !== "insufficient_stock") throw new Error(`refused: ${JSON.stringify(error)}`);
const [shortage] = error.shortages;
if (shortage?.requested !== 5000) throw new Error(`short: ${JSON.stringify(error)}`);

const rows = [{ productId: `HEY-${run}`, name: "Of a generated client" }];
const imported: unknown = must("import", await importProducts({ client, body: rows, parseAs: "text" }));
if (typeof imported !== "string" || imported.trim().split("\n").length !== 2)
  throw new Error(`imported: ${JSON.stringify(imported)}`);

const file: unknown = must("export", await exportProducts({ client, parseAs: "text" }));
if (typeof file !== "string" || !file.includes(`"HEY-${run}"`))
  throw new Error("exported without what was imported");

const page = must("events", await readEvents({ client, query: { type: "reservation.confirmed", limit: 5 } }));
for (const event of page.events)
  if (event.type === "reservation.confirmed" && event.data.confirmedQuantity < 1)
    throw new Error(`event: ${JSON.stringify(event)}`);
console.log("ok");
