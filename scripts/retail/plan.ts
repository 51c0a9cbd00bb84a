/**
 * What a file of invoice lines asks of an inventory: steps in the order of time, and the opening stock with which each
 * of them just finds its units. Pure, and the same for the same file, so that a broken run can be taken up again.
 */
import { productIdOf } from "./product-id.mjs";

/** As many as `POST /v1/reservations` takes. */
const MAX_ORDER_LINES = 50;

/**
 * @typedef {import("./lines.mjs").Line} Line
 * @typedef {{ row: number, productId: string, quantity: number }} SoldLine
 * @typedef {{ verb: "order", orderId: string, customerId: string, lines: SoldLine[] }} OrderStep
 * @typedef {{
 *   verb: "return", key: string, row: number, soldRow: number, productId: string, quantity: number, reason: string,
 * }} ReturnStep
 * @typedef {{
 *   verb: "adjust", key: string, row: number, productId: string, delta: number,
 *   type: "return" | "shrinkage" | "correction", reason: string, reference: string,
 * }} AdjustStep
 * @typedef {OrderStep | ReturnStep | AdjustStep} Step
 * `row`: the line a step comes from; `soldRow`: the line whose reservation gets units back; `key`: unique in the file.
 * @typedef {{ productId: string, name: string, opening: number }} PlannedProduct
 * @typedef {{ steps: Step[], products: PlannedProduct[] }} Plan
 */

/** @param {Line[]} lines @returns {Plan} */
export function planReplay(lines) {
  const steps = stepsOf(lines);
  const opening = openingStock(steps);
  const nameById = namesOf(lines);
  const products = [...opening].map(([productId, units]) => ({
    productId,
    name: nameById.get(productId) ?? productId,
    opening: units,
  }));
  return { steps, products };
}

/** @param {Step} step @returns {string[]} the products whose turn it takes */
export function productsOf(step) {
  return step.verb === "order"
    ? [...new Set(step.lines.map(({ productId }) => productId))]
    : [step.productId];
}

/** @param {Step} step @returns {number} how many of the file's lines it is about; parts of one line count once */
export function linesOf(step) {
  if (step.verb === "order") return step.lines.length;
  return step.key === `row-${step.row}` ? 1 : 0;
}

/**
 * The smallest stock per product with which no step of its own finds too little.
 * @param {Step[]} steps @returns {Map<string, number>}
 */
export function openingStock(steps) {
  const levelById = new Map();
  const lowestById = new Map();
  const move = (productId, delta) => {
    const level = (levelById.get(productId) ?? 0) + delta;
    levelById.set(productId, level);
    lowestById.set(productId, Math.min(lowestById.get(productId) ?? 0, level));
  };
  for (const step of steps) {
    if (step.verb === "order") for (const { productId, quantity } of step.lines) move(productId, -quantity);
    else move(step.productId, step.verb === "return" ? step.quantity : step.delta);
  }
  return new Map([...lowestById].map(([productId, lowest]) => [productId, lowest === 0 ? 0 : -lowest]));
}

/** An invoice becomes its orders where its first line stands; everything else is a step of its own where it stands. */
function stepsOf(lines) {
  const inTime = lines.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.row - b.row));
  const soldByInvoice = Map.groupBy(inTime.filter(isSold), ({ invoice }) => invoice);
  const returnable = new Returnable();
  const begun = new Set();
  return inTime.flatMap((line) => {
    if (line.kind === "return") return returnSteps(line, returnable.take(line));
    if (line.kind === "writeOff" || line.kind === "found") return [adjustStep(line)];
    if (!isSold(line) || begun.has(line.invoice)) return [];
    begun.add(line.invoice);
    const sold = soldByInvoice.get(line.invoice);
    for (const one of sold) returnable.add(one);
    return orderSteps(line, sold);
  });
}

function isSold({ kind }) {
  return kind === "sale" || kind === "gift";
}

function orderSteps({ invoice, customer }, sold) {
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

function returnSteps(line, { parts, rest }) {
  const { row, code, invoice, description } = line;
  const productId = productIdOf(code);
  const reason = description === "" ? `cancelled by ${invoice}` : `cancelled by ${invoice}: ${description}`;
  const steps = parts.map(({ soldRow, quantity }) => {
    return { verb: "return", row, soldRow, productId, quantity, reason };
  });
  if (rest > 0) {
    const before = `${reason} (sold before this file begins)`;
    steps.push({
      verb: "adjust",
      row,
      productId,
      delta: rest,
      type: "return",
      reason: before,
      reference: invoice,
    });
  }
  return steps.map((step, index) => ({
    ...step,
    key: index === 0 ? `row-${row}` : `row-${row}.${index + 1}`,
  }));
}

function adjustStep({ row, code, kind, quantity, invoice, description }) {
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

/** The units sold so far that have not come back: of the same customer first, then of any; the oldest first. */
class Returnable {
  #salesByCode = new Map();

  add({ row, code, customer, quantity }) {
    if (!this.#salesByCode.has(code)) this.#salesByCode.set(code, []);
    this.#salesByCode.get(code).push({ row, customer, left: quantity });
  }

  take({ code, customer, quantity }) {
    const sales = this.#salesByCode.get(code) ?? [];
    const [own, others] = [true, false].map((same) =>
      sales.filter((sale) => (sale.customer === customer) === same),
    );
    const parts = [];
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

/** The first description under which a product was sold; remarks such as "damages" stand on other kinds of line. */
function namesOf(lines) {
  const nameById = new Map();
  for (const line of lines) {
    if (line.description === "" || !(isSold(line) || line.kind === "return")) continue;
    const productId = productIdOf(line.code);
    if (!nameById.has(productId)) nameById.set(productId, line.description);
  }
  return nameById;
}
