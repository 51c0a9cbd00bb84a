/** A state in shape, colour and word, so that none of them carries it alone. */
import type { Availability, ProductStatus } from "../../client/wire.ts";

type Shape = "ring" | "disc" | "square" | "dash";
type Tone = "calm" | "warn" | "bad" | "good";

export function State({ shape, tone = "calm", children }: { shape: Shape; tone?: Tone; children: string }) {
  return <span class={`state ${shape} ${tone}`}>{children}</span>;
}

export const AVAILABILITY_WORDS: Record<Availability, string> = {
  in_stock: "In stock",
  low_stock: "Low",
  out_of_stock: "Out of stock",
  backorder: "Backorder",
  unavailable: "Unavailable",
};

export const STATUS_WORDS: Record<ProductStatus, string> = {
  active: "Active",
  inactive: "Inactive",
  suspended: "Suspended",
  discontinued: "Discontinued",
};

interface StockStateProps {
  availability: Availability;
  /** Of the newest numbers; undefined: not known yet. */
  available: number | undefined;
  status?: ProductStatus;
}

/** Of a product: whether it can be sold, and how it stands with its stock. */
export function StockState({ availability, available, status = "active" }: StockStateProps) {
  if (status !== "active") return <State shape="dash">{STATUS_WORDS[status]}</State>;
  if (available !== undefined && available < 0 && availability !== "backorder")
    return (
      <State shape="square" tone="bad">
        Oversold
      </State>
    );
  switch (availability) {
    case "in_stock":
      return <State shape="ring">{AVAILABILITY_WORDS.in_stock}</State>;
    case "low_stock":
      return (
        <State shape="disc" tone="warn">
          {AVAILABILITY_WORDS.low_stock}
        </State>
      );
    case "out_of_stock":
      return (
        <State shape="square" tone="bad">
          {AVAILABILITY_WORDS.out_of_stock}
        </State>
      );
    default:
      return <State shape="dash">{AVAILABILITY_WORDS[availability]}</State>;
  }
}
