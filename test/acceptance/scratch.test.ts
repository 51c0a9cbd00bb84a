import { it } from "vitest";
import { call, hold, newLocation, newProduct, act, stock, reservation } from "./api";
it("x", async () => {
  const [a, b] = [await newLocation(5), await newLocation(6)];
  const productId = await newProduct({ [a]: 1, [b]: 9 });
  for (const body of [{ quantity: 4 }, { quantity: 4, locationId: a }, { quantity: 4, locationIds: [a] }, { quantity: 10 }, {quantity: 4, locationIds: [a,b]}])
    console.log(JSON.stringify(body), (await call(`POST /v1/inventory/${productId}/check`, { body })).text);
  const h = await hold(productId, 1);
  for (const [m, path] of [["POST", "confirm"], ["POST", "release"]] as const)
    console.log((await call(`${m} /v1/reservations/${h.reservationId}/${path}`)).text);
  console.log(JSON.stringify(await act(h, "return", {quantity: 1, restock: true, reason: "x"})));
  console.log((await call(`GET /v1/inventory/${productId}/movements`)).text);
  console.log((await call(`GET /v1/inventory/events?offset=1`)).text);
  console.log((await call(`GET /v1/reservations/${h.reservationId}`)).text);
  console.log((await call(`GET /v1/locations`)).text);
  console.log(JSON.stringify([...(await call(`GET /health`)).headers]));
});
