/** A product as views and pages show it: what the catalog's route answers, read back. */
import type { Money } from "../../domain/money";
import type { AttributeValue } from "../../domain/product";
import type { ProductView } from "../../domain/views";
import { product } from "../products/schemas";

export type ShownProduct = ProductView;

export function readShownProduct(json: string): ShownProduct {
  return product.parse(JSON.parse(json));
}

/** The market's price while it is fresh and in the currency of the catalog's, which it is shown beside; else the catalog's. */
export function currentPrice({ price, quote }: ShownProduct): Money | null {
  const fits = quote !== null && !quote.stale && (price === null || price.currency === quote.currency);
  return fits ? quote : price;
}

/** null: there is no such attribute, or it is no number. */
export function numberIn(value: AttributeValue | undefined): number | null {
  if (typeof value === "boolean" || value === undefined || value === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

export function textIn(value: AttributeValue | undefined): string | null {
  return value === undefined || value === "" ? null : String(value);
}
