import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { PRODUCT_MIGRATIONS } from "../../../src/objects/product/schema";
import { migrate, schemaVersion } from "../../../src/objects/storage/migrations";

const STEPS = [
  "CREATE TABLE one (id INTEGER PRIMARY KEY) STRICT",
  "ALTER TABLE one ADD COLUMN name TEXT",
] as const;

describe("migrations of objects", () => {
  it("take each step once, from nothing and from every shape before", async () => {
    await runInDurableObject(env.LEDGER.getByName("migrations"), (_, { storage }) => {
      const { sql } = storage;
      expect(schemaVersion(sql)).toBe(0);
      migrate(sql, STEPS.slice(0, 1));
      expect(schemaVersion(sql)).toBe(1);
      sql.exec("INSERT INTO one VALUES (1)");
      migrate(sql, STEPS);
      migrate(sql, STEPS);
      expect(schemaVersion(sql)).toBe(2);
      expect(sql.exec("SELECT id, name FROM one").toArray()).toEqual([{ id: 1, name: null }]);
    });
  });

  it("make a product's tables as the code reads them", async () => {
    await runInDurableObject(env.LEDGER.getByName("product-tables"), (_, { storage }) => {
      migrate(storage.sql, PRODUCT_MIGRATIONS);
      const tables = storage.sql.exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
      );
      expect(tables.toArray().map(({ name }) => name)).toEqual(
        expect.arrayContaining(["journal", "levels", "product", "reservations", "schema_version"]),
      );
      expect(schemaVersion(storage.sql)).toBe(PRODUCT_MIGRATIONS.length);
    });
  });
});
