/**
 * What a file of invoice lines asks of an inventory: steps in the order of time, and the opening stock with
 * which each of them just finds its units. Pure, and the same for the same file, so that a broken run can be
 * taken up again.
 */
import type { Line } from "./lines.ts";
import { productIdOf } from "./product-id.ts";

/** As many as `POST /v1/reservations` takes. */
const MAX_ORDER_LINES = 50;

/** `row`: the line of the file that it comes from. */
export interface SoldLine {
  row: number;
  productId: string;
  quantity: number;
}

interface OrderStep {
  verb: "order";
  orderId: string;
  customerId: string;
  lines: SoldLine[];
}

/** A line that is no sale, or a part of it; `key` is unique in the file. */
interface LineStep {
  key: string;
  row: number;
  productId: string;
  reason: string;
}

/** `soldRow`: the line whose reservation gets units back. */
interface ReturnStep extends LineStep {
  verb: "return";
  soldRow: number;
  quantity: number;
}

interface AdjustStep extends LineStep {
  verb: "adjust";
  delta: number;
  type: "return" | "shrinkage" | "correction";
  reference: string;
}

export type Step = OrderStep | ReturnStep | AdjustStep;

interface PlannedProduct {
  productId: string;
  name: string;
  opening: number;
}

export interface Plan {
  steps: Step[];
  products: PlannedProduct[];
}

export function planReplay(lines: Line[]): Plan {
  const steps = stepsOf(lines);
  const nameById = namesOf(lines);
  const products = [...openingStock(steps)].map(([productId, opening]) => ({
    productId,
    name: nameById.get(productId) ?? productId,
    opening,
  }));
  return { steps, products };
}

/** The products whose stock it changes. */
export function productsOf(step: Step): string[] {
  return step.verb === "order"
    ? [...new Set(step.lines.map(({ productId }) => productId))]
    : [step.productId];
}

/** How many of the file's lines it is about; parts of one line count once. */
export function linesOf(step: Step): number {
  if (step.verb === "order") return step.lines.length;
  return step.key === `row-${step.row}` ? 1 : 0;
}

/** The smallest stock per product with which no step of its own finds too little. */
export function openingStock(steps: Step[]): Map<string, number> {
  const levelById = new Map<string, number>();
  const openingById = new Map<string, number>();
  const move = (productId: string, delta: number) => {
    const level = (levelById.get(productId) ?? 0) + delta;
    levelById.set(productId, level);
    openingById.set(productId, Math.max(openingById.get(productId) ?? 0, -level));
  };
  for (const step of steps) {
    if (step.verb === "order") for (const { productId, quantity } of step.lines) move(productId, -quantity);
    else move(step.productId, step.verb === "return" ? step.quantity : step.delta);
  }
  return openingById;
}

/**
 * An invoice becomes its orders where its first line stands; everything else is a step of its own where it
 * stands.
 */
function stepsOf(lines: Line[]): Step[] {
  const inTime = lines.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.row - b.row));
  const soldByInvoice = Map.groupBy(inTime.filter(isSold), ({ invoice }) => invoice);
  const returnable = new Returnable();
  return inTime.flatMap((line): Step[] => {
    if (line.kind === "return") return returnSteps(line, returnable.take(line));
    if (line.kind === "writeOff" || line.kind === "found") return [adjustStep(line)];
    const sold = isSold(line) ? soldByInvoice.get(line.invoice) : undefined;
    if (!sold) return [];
    soldByInvoice.delete(line.invoice);
    for (const one of sold) returnable.add(one);
    return orderSteps(line, sold);
  });
}

function isSold({ kind }: Line): boolean {
  return kind === "sale" || kind === "gift";
}

function orderSteps({ invoice, customer }: Line, sold: Line[]): OrderStep[] {
  const count = Math.ceil(sold.length / MAX_ORDER_LINES);
  return Array.from({ length: count }, (_, index) => ({
    verb: "order",
    orderId: index === 0 ? invoice : `${invoice}:${index + 1}`,
    customerId: customer,
    lines: sold
      .slice(index * MAX_ORDER_LINES, (index + 1) * MAX_ORDER_LINES)
      .map(({ row, code, quantity }) => ({ row, productId: productIdOf(code), quantity })),
  }));
}

function returnSteps(line: Line, { parts, rest }: Taken): Step[] {
  const { row, code, invoice, description } = line;
  const productId = productIdOf(code);
  const reason = description === "" ? `cancelled by ${invoice}` : `cancelled by ${invoice}: ${description}`;
  const keyOf = (index: number) => (index === 0 ? `row-${row}` : `row-${row}.${index + 1}`);
  const steps: Step[] = parts.map(({ soldRow, quantity }, index) => {
    return { verb: "return", key: keyOf(index), row, soldRow, productId, quantity, reason };
  });
  if (rest > 0)
    steps.push({
      verb: "adjust",
      key: keyOf(parts.length),
      row,
      productId,
      delta: rest,
      type: "return",
      reason: `${reason} (sold before this file begins)`,
      reference: invoice,
    });
  return steps;
}

function adjustStep({ row, code, kind, quantity, invoice, description }: Line): AdjustStep {
  const found = kind === "found";
  return {
    verb: "adjust",
    key: `row-${row}`,
    row,
    productId: productIdOf(code),
    delta: quantity,
    type: found ? "correction" : "shrinkage",
    reason: description || (found ? "found" : "written off"),
    reference: invoice,
  };
}

/** Which sales get how many units back, and how many units none of them had. */
interface Taken {
  parts: { soldRow: number; quantity: number }[];
  rest: number;
}

/**
 * The units sold so far that have not come back: of the same customer first, then of any; the oldest first.
 */
class Returnable {
  readonly #salesByCode = new Map<string, { row: number; customer: string; left: number }[]>();

  add({ row, code, customer, quantity }: Line): void {
    const sales = this.#salesByCode.get(code) ?? [];
    this.#salesByCode.set(code, sales);
    sales.push({ row, customer, left: quantity });
  }

  take({ code, customer, quantity }: Line): Taken {
    const sales = this.#salesByCode.get(code) ?? [];
    const own = sales.filter((sale) => sale.customer === customer);
    const others = sales.filter((sale) => sale.customer !== customer);
    const parts: Taken["parts"] = [];
    let rest = -quantity;
    for (const sale of [...own, ...others]) {
      const units = Math.min(rest, sale.left);
      if (units === 0) continue;
      parts.push({ soldRow: sale.row, quantity: units });
      sale.left -= units;
      rest -= units;
    }
    return { parts, rest };
  }
}

/**
 * The first description under which a product was sold; remarks such as "damages" stand on other kinds of
 * line.
 */
function namesOf(lines: Line[]): Map<string, string> {
  const nameById = new Map<string, string>();
  for (const line of lines) {
    if (line.description === "" || !(isSold(line) || line.kind === "return")) continue;
    const productId = productIdOf(line.code);
    if (!nameById.has(productId)) nameById.set(productId, line.description);
  }
  return nameById;
}
