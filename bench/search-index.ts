/** A book filled by SQL, past the objects, and the search index made of it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { D1Database } from "@cloudflare/workers-types";
import { z } from "zod";
import type { CatalogProduct } from "./catalog.ts";
import type { Holdfast } from "./stage.ts";

/** A text may have two megabytes. */
const ROWS_PER_STATEMENT = 2000;
const POLL_MS = 100;
const REBUILD = "/v1/admin/search/rebuild";

const progress = z.object({ phase: z.string(), indexed: z.number() });

/** Rows as an import leaves them, with a price each; their objects are not made. */
const PUT_PRODUCTS = `
  INSERT INTO products (product_id, kind, name, status, image_url, tags, attributes, price_amount, price_currency,
    price_value, source_name, source_external_id, minimum_stock_level, availability, on_hand, reserved, available,
    on_shelf, levels, version, catalog_version, created_at_ms, updated_at_ms, stock_updated_at_ms, deleted)
  SELECT value ->> 'productId', value ->> 'kind', value ->> 'name', 'active', value ->> 'imageUrl', '[]',
    value -> 'attributes', printf('%.2f', cents / 100.0), 'USD', cents / 100.0, value ->> '$.source.name',
    value ->> '$.source.externalId', 0, 'out_of_stock', 0, 0, 0, 0, '[]', 1, 1, at, at, at, 0
  FROM (SELECT value, (?2 + key) * 7919 % 90000 AS cents, 1700000000000 + (?2 + key) * 1000 AS at FROM json_each(?1))`;

export async function fillProducts(database: D1Database, products: CatalogProduct[]): Promise<void> {
  for (let from = 0; from < products.length; from += ROWS_PER_STATEMENT) {
    const text = JSON.stringify(products.slice(from, from + ROWS_PER_STATEMENT));
    await database.prepare(PUT_PRODUCTS).bind(text, from).run();
  }
}

/** Answers how many products it has. */
export async function rebuildIndex({ api }: Holdfast): Promise<number> {
  await api.call(`POST ${REBUILD}`);
  for (;;) {
    const { phase, indexed } = await api.read(progress, `GET ${REBUILD}`);
    if (phase === "done") return indexed;
    await sleep(POLL_MS);
  }
}
