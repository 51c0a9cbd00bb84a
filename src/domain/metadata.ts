/** How deep and how large free JSON may be. What was taken before there was a bound is not read back beyond it. */
import * as z from "zod";
import { MAX_METADATA_BYTES, MAX_METADATA_DEPTH } from "../limits";

const metadataSchema = z.record(z.string(), z.unknown());
const eventSchema = z.looseObject({ data: metadataSchema });

/** Objects and arrays inside each other count, the outermost as the first level. */
export function fitsMetadata(value: unknown): boolean {
  if (isDeeperThan(value, MAX_METADATA_DEPTH)) return false;
  const json = JSON.stringify(value);
  return json.length <= MAX_METADATA_BYTES && new TextEncoder().encode(json).byteLength <= MAX_METADATA_BYTES;
}

/** Looks no deeper than that. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== "object") return false;
  return levels === 0 || Object.values(value).some((part) => isDeeperThan(part, levels - 1));
}

/** A reservation's metadata as it is stored; null: there is none, or more than fits. */
export function storedMetadata(json: string | null): Record<string, unknown> | null {
  if (json === null || json.length > MAX_METADATA_BYTES) return null;
  const metadata = metadataSchema.parse(JSON.parse(json));
  return fitsMetadata(metadata) ? metadata : null;
}

/** An event's JSON without metadata that does not fit; as it is when there is none such. */
export function withBoundedMetadata(event: string): string {
  const known = eventSchema.parse(JSON.parse(event));
  const { metadata = null } = known.data;
  if (fitsMetadata(metadata)) return event;
  return JSON.stringify({ ...known, data: { ...known.data, metadata: null, metadataRemoved: true } });
}
