import { describe, expect, it } from "vitest";
import { appliedMigrations } from "../../scripts/applied-migrations.ts";

const APPLIED = `Migrations to be applied:
│ name            │
│ 0002_webhooks.sql │
│ 0003_owners.sql │
🚣 3 commands executed successfully.
│ name            │ status │
│ 0002_webhooks.sql │ ✅     │
│ 0003_owners.sql │ ✅     │`;

describe("the migrations that npm start tells of", () => {
  it("are those that were applied, each once", () => {
    expect(appliedMigrations(APPLIED)).toEqual(["0002_webhooks.sql", "0003_owners.sql"]);
  });

  it("are none when there was nothing to apply", () => {
    expect(appliedMigrations("✅ No migrations to apply!")).toEqual([]);
  });
});
