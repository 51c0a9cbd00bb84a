/**
 * What a source outside knows of a product: some of its catalog fields, and perhaps its market price. These fields are the
 * source's; everything else about the product is the shop's and is never touched.
 */
import type { CatalogPatch } from "./command";
import type { AttributeValue, CatalogFields } from "./product";
import type { NewQuote } from "./quote";

export const SOURCE_NAMES = ["coingecko", "rebrickable"] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

export interface SourceFields extends Pick<CatalogFields, "kind" | "name" | "imageUrl"> {
  /** null: the source has no such attribute of it any more. */
  attributes: Record<string, AttributeValue | null>;
}

/** Amounts are plain decimals, exact. */
export interface SourceQuote {
  amount: string;
  currency: string;
  atMs: number;
  change24hPercent: string | null;
  marketCap: string | null;
  volume24h: string | null;
}

export interface SourceRecord {
  /** The source's own key of it, never a symbol or a name. */
  externalId: string;
  fields: SourceFields;
  quote: SourceQuote | null;
}

/** A product that comes from a source, as far as the book knows what the source may change. */
export interface SourcedProduct extends Omit<SourceFields, "attributes"> {
  productId: string;
  externalId: string;
  attributes: CatalogFields["attributes"];
}

export function newQuote(productId: string, source: SourceName, quote: SourceQuote): NewQuote {
  return { productId, source, ...quote };
}

/** What has to change of a product so that it reads as the source has it; undefined when it does. */
export function catalogChanges(product: SourcedProduct, fields: SourceFields): CatalogPatch | undefined {
  const patch: CatalogPatch = {};
  if (fields.kind !== product.kind) patch.kind = fields.kind;
  if (fields.name !== product.name) patch.name = fields.name;
  if (fields.imageUrl !== product.imageUrl) patch.imageUrl = fields.imageUrl;
  const attributes = Object.entries(fields.attributes).filter(
    ([name, value]) => value !== (product.attributes[name] ?? null),
  );
  if (attributes.length > 0) patch.attributes = Object.fromEntries(attributes);
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** The attributes of a product that the source's record is the first to say something of. */
export function knownAttributes({ attributes }: SourceFields): CatalogFields["attributes"] {
  const known: CatalogFields["attributes"] = {};
  for (const [name, value] of Object.entries(attributes)) if (value !== null) known[name] = value;
  return known;
}

/** How it fares. `degraded`: the last attempt failed; `down`: it is left alone for a while. */
export type SourceState = "ok" | "degraded" | "down" | "idle";

/** A run over all products of a source. */
export interface SourceProgress {
  startedAt: string;
  /** null: it is under way. */
  endedAt: string | null;
  /** How many products there were when it began. */
  total: number;
  /** So many of them have been looked at. */
  products: number;
  /** Prices that were new. */
  quotes: number;
  /** Products whose catalog entry was changed. */
  changed: number;
  /** Products that the source did not know, or that would not take what it says. */
  refused: number;
}

export interface SourceStatus {
  name: SourceName;
  /** false: it needs a key, and there is none. */
  configured: boolean;
  state: SourceState;
  lastSuccessAt: string | null;
  lastError: { reason: string; at: string } | null;
  nextRunAt: string | null;
  /** Of the run under way, or of the last. */
  progress: SourceProgress | null;
}

export interface ImportRow {
  externalId: string;
  /** null: the source has no such thing. */
  productId: string | null;
  result: "created" | "updated" | "unchanged" | "error";
  version?: number | undefined;
  error?: { code: string; detail: string } | undefined;
}

export type ImportAnswer =
  | { ok: true; rows: ImportRow[] }
  | { ok: false; code: "not_configured" }
  | { ok: false; code: "too_many"; most: number };
