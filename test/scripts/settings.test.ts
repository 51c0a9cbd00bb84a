import { describe, expect, it } from "vitest";
import { InvalidSettings, parseSettings, readConfig } from "../../src/env.ts";

describe("settings", () => {
  it("have defaults, also where a variable is empty", () => {
    const defaults = parseSettings({});
    expect(defaults).toMatchObject({ holdTtlSeconds: 900, eventRetentionMs: 365 * 86_400_000 });
    const empty = { EVENT_RETENTION_DAYS: "", RESERVATION_TTL_SECONDS: "", PRODUCT_LOCATION_HINT: "" };
    expect(parseSettings(empty)).toEqual(defaults);
  });

  it("that are not valid are named in one message, each with what is expected", () => {
    const found = parseSettings({
      EVENT_RETENTION_DAYS: "a year",
      LEDGER_SHARDS: "65",
      COINGECKO_URL: "ftp://example.com",
      PRODUCT_LOCATION_HINT: "mars",
      PUBLIC_CATALOG_READS: "perhaps",
      RESERVATION_TTL_SECONDS: "0",
    });
    expect(found).toBeInstanceOf(InvalidSettings);
    const { message } = found instanceof InvalidSettings ? found : new Error("they are valid");
    expect(message).toContain("EVENT_RETENTION_DAYS: Invalid input: expected number");
    expect(message).toContain("LEDGER_SHARDS: Too big: expected number to be <=64");
    expect(message).toContain("COINGECKO_URL: expected an http or https address, or nothing");
    expect(message).toContain("PRODUCT_LOCATION_HINT: expected one of wnam, enam,");
    expect(message).toContain("PUBLIC_CATALOG_READS: Invalid option: expected one of");
    expect(message).toContain("RESERVATION_TTL_SECONDS: Too small: expected number to be >=1");
  });

  it("are never printed with their values, which may be secrets", () => {
    const found = parseSettings({
      KEY_ID_SECRET: 17,
      COINGECKO_URL: "hush://secret",
      LEDGER_SHARDS: "s3cret",
    });
    expect(String(found)).toMatch(/KEY_ID_SECRET: .*COINGECKO_URL: .*/);
    expect(String(found)).not.toMatch(/17|hush|s3cret/);
  });

  it("that are not valid are found once for each environment", () => {
    const env = { LEDGER_SHARDS: "none" };
    const errors = [1, 2].map(() => {
      try {
        return readConfig(env);
      } catch (error) {
        return error;
      }
    });
    expect(errors[0]).toBeInstanceOf(InvalidSettings);
    expect(errors[1]).toBe(errors[0]);
  });
});
