/**
 * A file of invoice lines (UCI Online Retail's columns) and what each line means for the shelf. Pure: text
 * in, plain objects out. Every odd kind of line is decided here and nowhere else.
 *
 * Lines of one invoice that are equal in every field are two real lines: the shop writes an article once per
 * handling (most repeats within an invoice differ in quantity), and the customer was billed for both. They
 * are only counted. A gift (price 0, in company) did leave the shelf: on 537534 and 539856 all goods stand at
 * 0 and one manual line has the sum of them. Codes that differ in case alone are two products, as ids are
 * case-sensitive. They are only counted, too.
 */
import Papa from "papaparse";
import { productIdOf } from "./product-id.ts";

const COLUMNS = [
  "InvoiceNo",
  "StockCode",
  "Description",
  "Quantity",
  "InvoiceDate",
  "UnitPrice",
  "CustomerID",
  "Country",
];

/** Kinds of line, and how each is treated. */
export const TREATMENT_BY_KIND = {
  sale: "sold: a line of its invoice's order",
  gift: "price 0 on an invoice with other lines or a customer: leaves the shelf like a sale",
  return:
    "cancellation: units come back to sales in the file, oldest first; without one, a return adjustment",
  writeOff: "negative without being a cancellation: a shrinkage adjustment",
  found: "positive at price 0, alone and without a customer: a correction adjustment",
  service: "postage, fees, manual entries, vouchers: no stock, left out",
  nothing: "quantity 0: nothing moves, left out",
  unclear: "cannot be read, or a cancellation of less than nothing: left out",
};

export type Kind = keyof typeof TREATMENT_BY_KIND;

export interface Line {
  /** The file's records counted from 1. */
  row: number;
  invoice: string;
  code: string;
  description: string;
  quantity: number;
  at: string;
  /** "" when the file names none. */
  customer: string;
  kind: Kind;
  /** An earlier line of its invoice is equal in every field. */
  repeats: boolean;
}

type Cells = Partial<Record<string, string>>;

/** In the order of the file, only the first `limit` of them. Throws when the head is another one. */
export function readLines(csv: string, limit = Infinity): Line[] {
  const { data, meta } = Papa.parse<Cells>(csv.replace(/^\uFEFF/, ""), {
    header: true,
    skipEmptyLines: true,
  });
  const missing = COLUMNS.filter((column) => !meta.fields?.includes(column));
  if (missing.length > 0) throw new Error(`the file has no column ${missing.join(", ")}`);
  const cells = data.slice(0, limit);
  const linesByInvoice = Map.groupBy(cells, (line) => line["InvoiceNo"]);
  const seen = new Set<string>();
  return cells.map((line, index) => {
    const { InvoiceNo: invoice = "", StockCode: code = "", Description: description = "" } = line;
    const same = JSON.stringify(COLUMNS.map((column) => line[column]));
    const repeats = seen.has(same);
    seen.add(same);
    return {
      row: index + 1,
      invoice,
      code,
      description: description.trim(),
      quantity: Number(line["Quantity"]),
      at: line["InvoiceDate"] ?? "",
      customer: customerOf(line),
      kind: kindOf(line, linesByInvoice.get(line["InvoiceNo"])?.length === 1),
      repeats,
    };
  });
}

/** `alone`: its invoice has no other line. */
function kindOf(line: Cells, alone: boolean): Kind {
  const { InvoiceNo: invoice = "", StockCode: code, Quantity: quantity = "", UnitPrice: price } = line;
  if (!code) return "unclear";
  if (!isGoods(code)) return "service";
  if (!/^[A-Za-z]?\d+$/.test(invoice) || !/^-?\d+$/.test(quantity) || !isNumber(price)) return "unclear";
  const units = Number(quantity);
  if (units === 0) return "nothing";
  if (/^c/i.test(invoice)) return units < 0 ? "return" : "unclear";
  if (units < 0) return "writeOff";
  if (Number(price) !== 0) return "sale";
  return alone && customerOf(line) === "" ? "found" : "gift";
}

/**
 * Goods have four digits in a row in their code (85123A, DCGS0076). What has not is service or book-keeping:
 * POST, DOT, C2 (carriage), M (manual), D (discount), S (samples), BANK CHARGES, AMAZONFEE. A voucher
 * (gift_0001_40) is no goods for all its digits: it lies on no shelf.
 */
export function isGoods(code: string): boolean {
  return /\d{4}/.test(code) && !/^gift_/i.test(code);
}

/** A column of ids with gaps was once a column of floats: 17850.0. */
function customerOf(line: Cells): string {
  return (line["CustomerID"] ?? "").replace(/\.0$/, "");
}

function isNumber(text = ""): boolean {
  return text !== "" && Number.isFinite(Number(text));
}

/** What the line itself says that it does to the shelf, in units; 0 for what is left out. */
export function shelfEffect({ kind, quantity }: Line): number {
  if (kind === "sale" || kind === "gift" || kind === "return") return -quantity;
  return kind === "writeOff" || kind === "found" ? quantity : 0;
}

/** The file's own sum, straight from its lines, by product id, for every product that moves. */
export function sumById(lines: Line[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const line of lines) {
    const effect = shelfEffect(line);
    if (effect === 0) continue;
    const productId = productIdOf(line.code);
    sums.set(productId, (sums.get(productId) ?? 0) + effect);
  }
  return sums;
}

export interface Described {
  countByKind: Map<Kind, number>;
  /** Of goods only; so are the next. */
  repeats: number;
  /** Codes that another differs from in case alone. */
  caseTwins: number;
  serviceCodes: string[];
}

export function describeLines(lines: Line[]): Described {
  const countByKind = new Map<Kind, number>();
  for (const { kind } of lines) countByKind.set(kind, (countByKind.get(kind) ?? 0) + 1);
  const goods = lines.filter((line) => shelfEffect(line) !== 0);
  const codesByFolded = Map.groupBy(new Set(goods.map(({ code }) => code)), (code) => code.toLowerCase());
  const services = lines.filter(({ kind }) => kind === "service").map(({ code }) => code);
  return {
    countByKind,
    repeats: goods.filter(({ repeats }) => repeats).length,
    caseTwins: [...codesByFolded.values()].filter((codes) => codes.length > 1).flat().length,
    serviceCodes: [...new Set(services)].toSorted(),
  };
}
