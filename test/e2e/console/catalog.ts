/** What the walks find in the catalog: each has products of its own, and some that look like trouble. */
import type { ApiClient } from "../../../scripts/api-client.ts";

export const LONG_NAME =
  "The Very Large Collectors' Anniversary Edition of the Harbour Crane with Two Ships, a Lighthouse and " +
  "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
const THEMES = ["Star Wars", "Pirates", "Train", "City", "Space", "Castle"];

interface Made {
  productId: string;
  name: string;
  stock: number;
  low?: number;
}

/** Those that walks change. */
const WALKED: readonly Made[] = [
  { productId: "WALK-MOUSE", name: "Millennium Falcon", stock: 240, low: 5 },
  { productId: "WALK-KEYS", name: "Keyboard Castle", stock: 50, low: 5 },
  { productId: "WALK-FORMS", name: "Harbour Crane", stock: 100, low: 10 },
  { productId: "WALK-OUTAGE", name: "Night Express", stock: 30 },
  { productId: "WALK-HOLDS", name: "Black Seas Barracuda", stock: 40 },
  { productId: "WALK-LOW", name: "Lighthouse Kit", stock: 3, low: 10 },
  { productId: "WALK-RACK", name: "Tool Rack", stock: 40 },
  { productId: "WALK-ORDER-A", name: "Fishing Boat", stock: 30 },
  { productId: "WALK-ORDER-B", name: "Ferry", stock: 10 },
  { productId: "WALK-STREAM", name: "Paper Mill", stock: 10 },
  { productId: "WALK-SOLD", name: "Snow Plough", stock: 60 },
  { productId: "WALK-PLACE", name: "Wind Mill", stock: 10 },
  { productId: "WALK-HOOK", name: "Tow Boat", stock: 10 },
];

/** Those that are looked at. */
const SHOWN: readonly Made[] = [
  { productId: "LOOK-LONG", name: LONG_NAME, stock: 1_000_000_000 },
  { productId: "LOOK-ZERO", name: "Nothing Left of This", stock: 0, low: 3 },
  { productId: "LOOK-LOW", name: "Darth Maul", stock: 4, low: 10 },
  { productId: "LOOK-BELOW", name: "Sold Twice", stock: 5, low: 2 },
];

export async function makeCatalog(api: ApiClient): Promise<void> {
  await api.call("POST /v1/locations", {
    body: { locationId: "north", name: "North warehouse", priority: 2 },
  });
  const rows = [...WALKED, ...SHOWN];
  const made = rows.map(async ({ productId, name, stock, low = 0 }, index) => {
    const initial = { productId, name, initialQuantity: stock, minimumStockLevel: low, locationId: "main" };
    await api.call("POST /v1/inventory", { body: initial });
    const attributes = { theme: THEMES[index % THEMES.length] ?? "", year: 2000 + index };
    const body = { kind: "set", attributes, price: { amount: "799.99", currency: "USD" } };
    await api.call(`PATCH /v1/products/${productId}`, { body });
  });
  await Promise.all(made);
  await oversell(api);
}

/** Five are held, and then only two are counted. */
async function oversell(api: ApiClient): Promise<void> {
  const hold = { quantity: 5, orderId: "ORD-TWICE", ttlSeconds: 86_400 };
  await api.call("POST /v1/inventory/LOOK-BELOW/reserve", { body: hold });
  const body = { newQuantity: 2, reason: "found three broken", locationId: "main", force: true };
  await api.call("PUT /v1/inventory/LOOK-BELOW", { body });
}
