import { describe, expect, it } from "vitest";
import { fitsMetadata, storedMetadata, withBoundedMetadata } from "../../src/domain/metadata";
import { MAX_METADATA_BYTES, MAX_METADATA_DEPTH } from "../../src/limits";

/** So many objects inside each other. */
function nested(levels: number): Record<string, unknown> {
  return JSON.parse(`${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`) as Record<string, unknown>;
}

describe("free JSON", () => {
  it.each([
    ["null", null, true],
    ["text", "x", true],
    ["as deep as may be", nested(MAX_METADATA_DEPTH), true],
    ["one level too deep", nested(MAX_METADATA_DEPTH + 1), false],
    ["too deep by an array", { a: [nested(MAX_METADATA_DEPTH - 1)] }, false],
    ["deeper than any stack", { a: nested(50_000) }, false],
    ["as long as may be", { a: "x".repeat(MAX_METADATA_BYTES - 8) }, true],
    ["a byte too long", { a: "x".repeat(MAX_METADATA_BYTES - 7) }, false],
    ["short, but not in bytes", { a: "ü".repeat(MAX_METADATA_BYTES / 2) }, false],
  ])("%s", (_, value, fits) => expect(fitsMetadata(value)).toBe(fits));

  it("is read back as it was stored, unless it does not fit", () => {
    expect(storedMetadata(null)).toBeNull();
    expect(storedMetadata('{"a":1}')).toEqual({ a: 1 });
    expect(storedMetadata(JSON.stringify(nested(999)))).toBeNull();
    expect(storedMetadata(JSON.stringify({ a: "x".repeat(MAX_METADATA_BYTES) }))).toBeNull();
  });

  it("leaves an event only where it does not fit, and the event says so", () => {
    const event = (metadata: unknown) => JSON.stringify({ id: "a:1", data: { held: 1, metadata } });
    expect(withBoundedMetadata(event({ a: 1 }))).toBe(event({ a: 1 }));
    expect(withBoundedMetadata('{"data":{}}')).toBe('{"data":{}}');
    expect(JSON.parse(withBoundedMetadata(event(nested(999))))).toEqual({
      id: "a:1",
      data: { held: 1, metadata: null, metadataRemoved: true },
    });
  });
});
