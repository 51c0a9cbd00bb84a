import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { hold, newProduct } from "../acceptance/api";
import { emptyStorage } from "./storage";

it("all storage is emptied, that of what is not in memory, too", async () => {
  const productId = await newProduct(5);
  await hold(productId, 1);
  await env.CATALOG.put("kept", "value");
  await env.ARCHIVE.put("kept", "value");
  await abortAllDurableObjects();
  await emptyStorage();
  const tables = await runInDurableObject(env.PRODUCT.getByName(productId), (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'journal'").toArray(),
  );
  expect(tables).toEqual([]);
  const { results } = await env.BOOK.prepare("SELECT name FROM sqlite_master WHERE name = 'events'").all();
  expect([results, await env.CATALOG.get("kept"), await env.ARCHIVE.head("kept")]).toEqual([[], null, null]);
});
